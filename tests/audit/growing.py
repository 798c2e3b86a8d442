"""A log that grows by counted entries and brings its checkpoints to places of the test's own."""

from audit import registry, sides
from audit.actors import machine
from audit.registry import EventType
from audit.services import append, deliver_checkpoints, sequence

COUNTED = EventType("audit.test.counted", 1, "counted {number}", {"number": int})


def prepare(settings, tmp_path, monkeypatch):
    """Keep checkpoints in a folder of the test's own, which is returned, and know its event."""
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    monkeypatch.setitem(registry._events, COUNTED.name, COUNTED)
    return tmp_path / "checkpoints"


def grow(now, count=1):
    """Add entries and sign; return the checkpoint."""
    with sides.acting("sequencer"):
        with sides.atomic():
            for number in range(count):
                append(COUNTED, actor=machine("t"), subject=None, now=now, payload={"number": number})
        return sequence(now)[1]


def deliver(now):
    """Bring what is due to its places; return how many arrived."""
    with sides.acting("sequencer"):
        return deliver_checkpoints(now)
