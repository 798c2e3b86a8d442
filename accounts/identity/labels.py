"""Labels of the codes in this app's log entries."""

from django.utils.translation import gettext_lazy as _

from audit.log.event_types import register_labels

from .models import WeightyChange
from .roles import Role
from .token_scopes import TokenScope

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
    "told by Google": _("Google said so"),
    "ended by the user": _("by choice"),
    "account closed": _("the account was closed"),
    "suspended or left": _("suspended, or no longer on the staff"),
    "no role": _("no role is left that it needs"),
    "no second factor": _("no second step is left that it needs"),
    "asker left": _("whoever asked is no administrator any more"),
}

register_labels(
    "identity",
    method=_METHODS.get,
    kind=_FACTORS.get,
    provider=_METHODS.get,
    reason=_REASONS.get,
    change=dict(WeightyChange.choices).get,
    role=dict(Role.choices).get,
    roles=dict(Role.choices).get,
    scopes=dict(TokenScope.choices).get,
)
