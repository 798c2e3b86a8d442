"""Reader tokens as their page lists them."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import ReaderToken

#: what each scope lets a machine do
SCOPE_LABELS = {
    "entries": gettext_lazy("pull entries"),
    "export": gettext_lazy("ask for exports and download them"),
}


@dataclass(frozen=True)
class TokenRow:
    """A reader token, whether it works, and the label and tone that say so."""

    token: ReaderToken
    scopes: str
    label: str
    tone: str
    lives: bool


def list_tokens(now: datetime) -> list[TokenRow]:
    """Return every reader token: those that work first, then the newest."""
    return sorted(
        (_row(token, now) for token in ReaderToken.objects.order_by("-made_at", "-id")), key=lambda row: not row.lives
    )


def _row(token: ReaderToken, now: datetime) -> TokenRow:
    if token.revoked_at is not None:
        return TokenRow(token, scopes_of(token), _("revoked"), "", lives=False)
    if token.expires_at <= now:
        return TokenRow(token, scopes_of(token), _("expired"), "warning", lives=False)
    return TokenRow(token, scopes_of(token), _("works"), "success", lives=True)


def scopes_of(token: ReaderToken) -> str:
    """Return in words what the token lets a machine do."""
    return ", ".join(str(SCOPE_LABELS.get(scope, scope)) for scope in token.scopes)
