"""How the codes in the log's own entries read."""

from django.utils.translation import gettext_lazy as _

from .erasure import Ground
from .models import CONTRADICTIONS
from .registry import register_words

_GROUNDS = {
    Ground.CLOSED: _("the account was closed"),
    Ground.DELETION: _("a deletion request"),
    Ground.REPLAYED: _("erased before, and again after a backup was restored"),
    Ground.RESUMED: _("an erasure that was interrupted"),
}
_REASONS = {
    "staff": _("who read what as a member of staff is not erased"),
    "active": _("the account is open"),
}

register_words(
    "audit",
    ground={ground.value: words for ground, words in _GROUNDS.items()}.get,
    reason=_REASONS.get,
    contradiction=dict(CONTRADICTIONS).get,
)
