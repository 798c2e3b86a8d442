"""How the codes in this app's log entries read."""

from django.utils.translation import gettext_lazy as _

from accounts.identity.ports import holdings
from audit.registry import register_words

from .models import GROUNDS, KINDS, LEFT_OUT_REASONS
from .states import Verb

_VERBS = {Verb.EXPORT.value: _("export"), Verb.ASSEMBLE.value: _("put together")}


def _holding(name: str) -> object | None:
    return next((holding.title for holding in holdings() if holding.name == name), None)


register_words(
    "rights",
    kind=dict(KINDS).get,
    ground=dict(GROUNDS).get,
    reason=dict(LEFT_OUT_REASONS).get,
    verb=_VERBS.get,
    holding=_holding,
)
