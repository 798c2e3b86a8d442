"""The states of an export, and what people may do in which."""

from collections.abc import Mapping
from enum import StrEnum

from django.db.models import TextChoices
from django.utils.translation import gettext_lazy as _


class ExportState(TextChoices):
    """How far an export has come."""

    ASKED = "asked", _("waiting")
    RUNNING = "running", _("running")
    PAUSED = "paused", _("paused")
    FINISHED = "finished", _("finished")
    FAILED = "failed", _("failed")
    CANCELLED = "cancelled", _("cancelled")
    EXPIRED = "expired", _("expired")


class ExportAct(StrEnum):
    """What people may do to an export."""

    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"


#: a worker may lease these (a running one only once its lease ran out)
RUNNABLE = frozenset({ExportState.ASKED, ExportState.RUNNING})
#: these can go on
STOPPED = frozenset({ExportState.PAUSED, ExportState.FAILED})
#: the files of these are removed
OVER = frozenset({ExportState.CANCELLED, ExportState.EXPIRED})
#: act → the states in which it may be done, and the state that it leads to
TRANSITIONS: Mapping[ExportAct, tuple[frozenset[ExportState], ExportState]] = {
    ExportAct.PAUSE: (RUNNABLE, ExportState.PAUSED),
    ExportAct.RESUME: (STOPPED, ExportState.ASKED),
    ExportAct.CANCEL: (RUNNABLE | STOPPED, ExportState.CANCELLED),
}


def after(state: ExportState | str, act: ExportAct) -> ExportState | None:
    """Return the state that `act` leads to, None where it may not be done."""
    states, following = TRANSITIONS[act]
    return following if state in states else None


class ExportError(TextChoices):
    """Why an export failed or was removed before its time."""

    NO_CHECKPOINT = "no_checkpoint", _("The log has no signed checkpoint yet. Resume once the sequencer has run.")
    NO_KEY = "no_key", _("The log's key, which signs the manifest, was not given to the worker.")
    NO_ROOM = "no_room", _("There is no room left where files are kept. Make some, then resume.")
    STORAGE = "storage", _("The storage refused a file. Resume once it is well again.")
    DATABASE = "database", _("The database did not answer. Resume once it is well again.")
    DIFFERS = "differs", _("What was read is not what the signed tree holds. Verify the log first.")
    INTERNAL = "internal", _("An unexpected fault stopped it several times. The worker's log says which.")
    ERASED = "erased", _("A person whose details it held was erased, and it was removed. Ask for a new one.")
