"""How the codes in this app's log entries read."""

from django.utils.translation import gettext_lazy as _

from audit.registry import register_words

from .models import Act
from .role_words import ROLE_WORDS

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

register_words(
    "identity",
    method=_METHODS.get,
    kind=_FACTORS.get,
    provider=_METHODS.get,
    reason=_REASONS.get,
    change={act.value: act.label for act in Act}.get,
    role={role.value: words for role, words in ROLE_WORDS.items()}.get,
    roles={role.value: words for role, words in ROLE_WORDS.items()}.get,
)
