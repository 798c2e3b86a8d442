"""The states of an export, and one table of which may follow which."""

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
    """What may be done to an export, by people and by the worker."""

    RUN = "run"
    FINISH = "finish"
    FAIL = "fail"
    PAUSE = "pause"
    RESUME = "resume"
    CANCEL = "cancel"
    EXPIRE = "expire"
    WITHDRAW = "withdraw"


#: state → act → next state; what is not here is refused
TRANSITIONS: Mapping[ExportState, Mapping[ExportAct, ExportState]] = {
    ExportState.ASKED: {
        ExportAct.RUN: ExportState.RUNNING,
        ExportAct.FAIL: ExportState.FAILED,
        ExportAct.PAUSE: ExportState.PAUSED,
        ExportAct.CANCEL: ExportState.CANCELLED,
        ExportAct.WITHDRAW: ExportState.EXPIRED,
    },
    ExportState.RUNNING: {
        ExportAct.RUN: ExportState.RUNNING,  # a worker died: its lease ran out
        ExportAct.FINISH: ExportState.FINISHED,
        ExportAct.FAIL: ExportState.FAILED,
        ExportAct.PAUSE: ExportState.PAUSED,
        ExportAct.CANCEL: ExportState.CANCELLED,
        ExportAct.WITHDRAW: ExportState.EXPIRED,
    },
    ExportState.PAUSED: {
        ExportAct.RESUME: ExportState.ASKED,
        ExportAct.CANCEL: ExportState.CANCELLED,
        ExportAct.WITHDRAW: ExportState.EXPIRED,
    },
    ExportState.FAILED: {
        ExportAct.RESUME: ExportState.ASKED,
        ExportAct.CANCEL: ExportState.CANCELLED,
        ExportAct.EXPIRE: ExportState.EXPIRED,
        ExportAct.WITHDRAW: ExportState.EXPIRED,
    },
    ExportState.FINISHED: {ExportAct.EXPIRE: ExportState.EXPIRED, ExportAct.WITHDRAW: ExportState.EXPIRED},
    ExportState.CANCELLED: {},
    ExportState.EXPIRED: {},
}
#: a worker may lease these (a running one only once its lease ran out)
RUNNABLE = frozenset({ExportState.ASKED, ExportState.RUNNING})
#: the files of these are removed
OVER = frozenset({ExportState.CANCELLED, ExportState.EXPIRED})


def after(state: ExportState | str, act: ExportAct) -> ExportState | None:
    """Return the state that `act` leads to, None where it may not be done."""
    return TRANSITIONS[ExportState(state)].get(act)


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
