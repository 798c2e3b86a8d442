"""A log that grows by counted entries and brings its checkpoints to destinations of the test's own."""

from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.publishing.deliveries import deliver_checkpoints
from audit.sequencer.sequence import sequence
from core import db

COUNTED = EventType("audit.test.counted", "counted {number}", {"number": int})


def prepare(settings, tmp_path, monkeypatch):
    """Keep checkpoints in a folder of the test's own, which is returned, and know its event."""
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)
    return tmp_path / "checkpoints"


def grow(now, count=1):
    """Add entries and sign; return the checkpoint."""
    with db.use_role("sequencer"):
        with db.atomic():
            for number in range(count):
                append(COUNTED, actor=machine("t"), subject=None, now=now, payload={"number": number})
        return sequence(now)[1]


def deliver(now):
    """Bring what is due to its destinations; return how many arrived."""
    with db.use_role("sequencer"):
        return deliver_checkpoints(now)
