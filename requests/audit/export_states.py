"""How far an export has come, and one table of what may follow what. Plain Python."""

from collections.abc import Mapping
from enum import StrEnum


class ExportState(StrEnum):
    """Where an export stands."""

    ASKED = "asked"
    RUNNING = "running"
    PAUSED = "paused"
    FINISHED = "finished"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


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
#: a worker may lease these (a running one only when its lease has run out)
RUNNABLE = frozenset({ExportState.ASKED, ExportState.RUNNING})
#: what is kept of these is removed
OVER = frozenset({ExportState.CANCELLED, ExportState.EXPIRED})
#: attempts without a finished segment between them after which an export has failed
MAX_ATTEMPTS = 5


def after(state: ExportState | str, act: ExportAct) -> ExportState | None:
    """Return the state that `act` leads to, None where it may not be done."""
    return TRANSITIONS[ExportState(state)].get(act)


class ExportError(StrEnum):
    """Why an export failed; `models.EXPORT_ERRORS` says each in a sentence."""

    NO_CHECKPOINT = "no_checkpoint"
    NO_KEY = "no_key"
    NO_ROOM = "no_room"
    STORAGE = "storage"
    DATABASE = "database"
    DIFFERS = "differs"
    INTERNAL = "internal"
    ERASED = "erased"
