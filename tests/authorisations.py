"""Committed entries that authorise reading, for tests of machines' reads and of listings by staff."""

from contextlib import contextmanager

from django.utils import timezone

from audit.log import event_types
from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.event_types import declare
from audit.log.purposes import ReadPurpose
from core import db

_WORKER = machine("test")
_STEP = "rights.step.started"


def step_entry(reference, now, purpose=ReadPurpose.RIGHT.value, actor=_WORKER):
    """Append and commit an entry that lets the worker read the subject's restricted rows; return its id.

    The event belongs to rights, where its payload has more fields: they are None.
    """
    if _STEP not in event_types.names():
        declare(_STEP, "{actor} began a step", {"purpose": ReadPurpose}, authorises_decryption=True, version=2)
    event = event_types.get(_STEP)
    payload = dict.fromkeys(event.payload) | {"purpose": purpose}
    with db.use_role("worker"), db.atomic():
        return append(event, actor=actor, subject=reference, now=now, payload=payload)


@contextmanager
def listing(reference, kind):
    """Commit the entry of a listing of one kind, then act as staff in a transaction that names it."""
    payload = dict.fromkeys(event_types.get("humanaccess.items.listed").payload) | {"kind": kind}
    with db.use_role("staff"):
        with db.atomic():
            event = event_types.get("humanaccess.items.listed")
            entry = append(
                event, actor=Actor("staff", "5" * 32), subject=reference, now=timezone.now(), payload=payload
            )
        with db.atomic():
            db.set_local(subject=reference, entry=str(entry))
            yield
