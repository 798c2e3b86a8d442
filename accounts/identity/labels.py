"""Labels of the codes in this app's log entries."""

from django.utils.translation import gettext_lazy as _

from audit.log.event_types import register_labels

from .models import WeightyChange
from .role_labels import ROLE_LABELS

_METHODS = {
    "password": _("password"),
    "mail": _("a code sent by mail"),
    "code": _("a code sent by mail"),
    "passkey": _("passkey"),
    "authenticator": _("authenticator app"),
    "invitation": _("an invitation"),
    "google": "Google",
    "github": "GitHub",
}
_FACTORS = {
    "totp": _("authenticator app"),
    "webauthn": _("passkey"),
    "recovery_codes": _("recovery codes"),
}
_REASONS = {
    "wrong": _("it was wrong"),
    "too many": _("too many tries"),
    "giver left": _("whoever gave it is no administrator any more"),
    "asker left": _("whoever asked is no administrator any more"),
}

register_labels(
    "identity",
    method=_METHODS.get,
    kind=_FACTORS.get,
    provider=_METHODS.get,
    reason=_REASONS.get,
    change={act.value: act.label for act in WeightyChange}.get,
    role={role.value: words for role, words in ROLE_LABELS.items()}.get,
    roles={role.value: words for role, words in ROLE_LABELS.items()}.get,
)
