"""A committed step entry for tests of machine reads."""

from audit import registry, sides
from audit.actors import machine
from audit.registry import EventType, register
from audit.services import append

_STEP = "rights.step.started"


def step_entry(reference, now):
    """Append and commit an entry that lets the worker read `reference`'s gated rows; return its id.

    The event belongs to rights; where that room registers it with other fields, they are filled with nothing.
    """
    if _STEP not in registry.names():
        register(EventType(_STEP, 1, "{actor} began a step", opens=True))
    event = registry.get(_STEP)
    with sides.acting("worker"), sides.atomic():
        return append(event, actor=machine("test"), subject=reference, now=now, payload=dict.fromkeys(event.payload))
