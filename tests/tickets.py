"""Committed entries for tests of machines' reads and of listings by staff."""

from contextlib import contextmanager

from django.utils import timezone

from audit import registry, sides
from audit.actors import Actor, machine
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


@contextmanager
def listing(reference, kind):
    """Commit the entry of a listing of one kind, then act as staff in a transaction that names it."""
    payload = dict.fromkeys(registry.get("humanaccess.items.listed").payload) | {"kind": kind}
    with sides.acting("staff"):
        with sides.atomic():
            event = registry.get("humanaccess.items.listed")
            entry = append(
                event, actor=Actor("staff", "5" * 32), subject=reference, now=timezone.now(), payload=payload
            )
        with sides.atomic():
            sides.set_local(subject=reference, entry=str(entry))
            yield
