"""Labels of the codes in the log's own entries."""

from enum import StrEnum

from django.utils.translation import gettext_lazy as _

from audit.errors import Contradiction

from .event_types import register_labels


class ErasureGround(StrEnum):
    """Why a person is erased."""

    CLOSED = "closed"
    DELETION = "deletion"
    REPLAYED = "replayed"
    RESUMED = "resumed"


_GROUNDS = {
    ErasureGround.CLOSED: _("the account was closed"),
    ErasureGround.DELETION: _("a deletion request"),
    ErasureGround.REPLAYED: _("erased before, and again after a backup was restored"),
    ErasureGround.RESUMED: _("an erasure that was interrupted"),
}
_REASONS = {
    "staff": _("who read what as a member of staff is not erased"),
    "active": _("the account is open"),
    "hold": _("a legal hold keeps this person's data"),
}

CONTRADICTIONS = [
    (Contradiction.FORKED.value, _("it knows another history of the log")),
    (Contradiction.TAKEN_AWAY.value, _("it has seen entries that were taken away here")),
    (Contradiction.DELETED.value, _("it has a checkpoint that was deleted here")),
    (Contradiction.FOREIGN.value, _("it holds a checkpoint that no key of ours signed")),
]

register_labels(
    "audit",
    ground={ground.value: label for ground, label in _GROUNDS.items()}.get,
    reason=_REASONS.get,
    contradiction=dict(CONTRADICTIONS).get,
)
