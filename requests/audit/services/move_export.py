"""Pause, resume and cancel an export; a running one notices after its segment."""

from datetime import datetime
from typing import Any

from django.db.models import F
from django.utils.translation import gettext as _

from audit import sides
from audit.actors import Actor
from audit.errors import ExportStateError
from audit.events import EXPORT_CANCELLED, EXPORT_PAUSED, EXPORT_RESUMED
from audit.export_states import MAX_ATTEMPTS, ExportAct, after
from audit.models import Export
from audit.registry import EventType

from .append import append
from .export_bell import BELL_LASTS, ring_export

_EVENTS: dict[ExportAct, EventType] = {
    ExportAct.PAUSE: EXPORT_PAUSED,
    ExportAct.RESUME: EXPORT_RESUMED,
    ExportAct.CANCEL: EXPORT_CANCELLED,
}


def pause_export(export: Export, *, actor: Actor, now: datetime) -> Export:
    """Let the export rest where it is; raises ExportStateError when it is not waiting or running."""
    return _move(export, ExportAct.PAUSE, actor=actor, now=now)


def resume_export(export: Export, *, actor: Actor, now: datetime, ring: bool = True) -> Export:
    """Go on after a pause or a failure, from the last segment; raises ExportStateError otherwise.

    Without `ring` the caller runs it; the sweeper rings for what is left undone.
    """
    return _move(export, ExportAct.RESUME, actor=actor, now=now, ring=ring)


def cancel_export(export: Export, *, actor: Actor, now: datetime) -> Export:
    """End an unfinished export for good, what is written so far is removed; raises ExportStateError otherwise."""
    return _move(export, ExportAct.CANCEL, actor=actor, now=now)


def _move(export: Export, act: ExportAct, *, actor: Actor, now: datetime, ring: bool = False) -> Export:
    with sides.atomic():
        locked = Export.objects.select_for_update().get(pk=export.pk)
        state = after(locked.state, act)
        if state is None:
            raise ExportStateError(
                "state", _("This export is %(state)s; that cannot be done now.") % {"state": locked.get_state_display()}
            )
        changed: dict[str, Any] = {"state": state, "lease_until": None, "due_at": now}
        if act == ExportAct.RESUME:
            changed |= {
                "due_at": now + BELL_LASTS,
                "error": "",
                "attempts_allowed": F("attempts") + MAX_ATTEMPTS,
            }
            if ring:
                ring_export(locked.pk)
        if act == ExportAct.CANCEL:
            changed["finished_at"] = now
        Export.objects.filter(pk=locked.pk).update(**changed)
        append(
            _EVENTS[act],
            actor=actor,
            subject=None,
            now=now,
            payload={"export": str(locked.pk), "done": locked.done},
        )
        return Export.objects.get(pk=locked.pk)
