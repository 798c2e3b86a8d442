"""How the codes in this app's log entries read."""

from django.utils.translation import gettext_lazy as _

from accounts.identity.ports import sources
from audit.registry import register_words

from .models import DESK_GROUNDS, END_TITLES
from .states import Finding

_FINDINGS = {Finding.IN_ORDER.value: _("in order"), Finding.CONCERN.value: _("a concern")}


def _kind(code: str) -> object | None:
    return next((source.title for source in sources() if source.kind == code), None)


register_words(
    "humanaccess",
    kind=_kind,
    ground={ground.value: title for ground, title in DESK_GROUNDS.items()}.get,
    reason={reason.value: title for reason, title in END_TITLES.items()}.get,
    finding=_FINDINGS.get,
)
