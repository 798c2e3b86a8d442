"""Reading reader tokens: by what a machine shows, and as their page lists them."""

from dataclasses import dataclass
from datetime import datetime

from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from .models import ReaderToken
from .tokens import token_hash

#: what each scope lets a machine do
SCOPE_WORDS = {
    "entries": gettext_lazy("pull entries"),
    "export": gettext_lazy("ask for exports and download them"),
}


@dataclass(frozen=True)
class TokenRow:
    """A reader token, whether it works, and how that is said."""

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
    return ", ".join(str(SCOPE_WORDS.get(scope, scope)) for scope in token.scopes)


def get_token(text: str) -> ReaderToken | None:
    """Return the token with this text, living or not; it is found by its hash, so by nothing that leaks."""
    return ReaderToken.objects.filter(hash=token_hash(text)).first()
