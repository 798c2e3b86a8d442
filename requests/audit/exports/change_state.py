"""Pause, resume and cancel an export; a running one notices after its segment."""

from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from audit.errors import ExportStateError
from audit.log.actors import Actor
from audit.log.events import EXPORT_CANCELLED, EXPORT_PAUSED, EXPORT_RESUMED
from core import db
from core.leases import ENQUEUE_AGAIN_AFTER, MAX_ATTEMPTS

from .log_export import log_export
from .models import Export
from .request_export import enqueue_export
from .states import ExportAct, after

_EVENTS = {
    ExportAct.PAUSE: EXPORT_PAUSED,
    ExportAct.RESUME: EXPORT_RESUMED,
    ExportAct.CANCEL: EXPORT_CANCELLED,
}


def change_export(export: Export, act: ExportAct, *, actor: Actor, now: datetime, enqueue: bool = True) -> Export:
    """Pause, resume or cancel an export; raises ExportStateError where its state does not allow that.

    Resuming goes on from the last segment, after a pause or a failure; without `enqueue` the caller runs it, and the
    sweep enqueues what is left undone. Cancelling ends it for good and has removed what is written so far.
    """
    with db.atomic():
        locked = Export.objects.select_for_update().get(pk=export.pk)
        state = after(locked.state, act)
        if state is None:
            raise ExportStateError(
                "state", _("This export is %(state)s; that cannot be done now.") % {"state": locked.get_state_display()}
            )
        changed: dict[str, Any] = {"state": state, "lease_until": None, "due_at": now}
        if act == ExportAct.RESUME:
            changed |= {"due_at": now + ENQUEUE_AGAIN_AFTER, "error": ""}
            changed["attempts_allowed"] = locked.attempts + MAX_ATTEMPTS
            if enqueue:
                enqueue_export(locked.pk)
        if act == ExportAct.CANCEL:
            changed["finished_at"] = now
        Export.objects.filter(pk=locked.pk).update(**changed)
        log_export(_EVENTS[act], locked, actor=actor, now=now, done=locked.done)
        return Export.objects.get(pk=locked.pk)
