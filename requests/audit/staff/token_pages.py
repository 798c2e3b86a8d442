"""Reader tokens on the admin site: the list, a new one that is shown once, and the end of one."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django import forms
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy as _lazy

from audit.tokens.models import ReaderToken
from audit.tokens.services import make_reader_token, revoke_reader_token
from core.actions import Action, confirm_page
from core.tokens import MOST_DAYS

from .log_admin import LogRightAdmin

#: what each scope lets a machine do
_SCOPES = {"entries": _lazy("pull entries"), "export": _lazy("ask for exports and download them")}


class TokenForm(forms.Form):
    """A new reader token."""

    name = forms.CharField(
        label=_lazy("Name"), max_length=64, help_text=_lazy("The machine that it is for, such as “siem-production”.")
    )
    scopes = forms.MultipleChoiceField(
        label=_lazy("What it may do"),
        choices=list(_SCOPES.items()),
        initial=["entries"],
        widget=forms.CheckboxSelectMultiple,
        help_text=_lazy("Neither decrypts anything: machines read references, never names or addresses."),
    )
    days = forms.IntegerField(
        label=_lazy("Days"),
        min_value=1,
        max_value=MOST_DAYS,
        initial=90,
        help_text=_lazy("How long it works; 366 at most."),
    )


class TokenAdmin(LogRightAdmin):
    """Whoever may revoke tokens sees them; only who reads the log may make one: nobody passes on a right they lack."""

    right = "end_token"

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", self.protect(self.list), name="audit_readertoken_changelist"),
            path("new/", self.protect(self.new, "make_token", step_up=True), name="audit_readertoken_new"),
            path("<uuid:token_id>/revoke/", self.protect(self.revoke, step_up=True), name="audit_readertoken_revoke"),
        ]

    def list(self, request: HttpRequest) -> HttpResponseBase:
        """Show tokens, the newest first: those that work, then those that ended."""
        now = timezone.now()
        rows = [_row(token, now) for token in ReaderToken.objects.order_by("-made_at", "-id")]
        context = {
            "title": _("Reader tokens"),
            "rows": sorted(rows, key=lambda row: not row["is_active"]),
            "may_make": self.may_read(request, "make_token"),
        }
        return self.page(request, "audit/tokens.html", context)

    def new(self, request: HttpRequest) -> HttpResponseBase:
        """Make a token and show it once: the answer to the posted form is the only page that has it."""

        def show(result: tuple[ReaderToken, str]) -> HttpResponseBase:
            token, text = result
            address = request.build_absolute_uri(reverse("audit_api:entries"))
            context = {"title": _("A new reader token"), "token": token, "text": text, "address": address}
            return self.page(request, "audit/token_made.html", {**context, "scopes": _scopes_of(token)})

        action = Action(_("New reader token"), "", "", make_reader_token, TokenForm, button=_("Make the token"))
        return confirm_page(self, request, action, crumbs=_crumbs(), then=show)

    def revoke(self, request: HttpRequest, token_id: UUID) -> HttpResponseBase:
        """Ask first, then end the token at once."""
        token = get_object_or_404(ReaderToken, pk=token_id)
        action = Action(
            _("Revoke a token"),
            _("The machine that holds it can read the log no longer, from its next request on."),
            _("The token “%(name)s” was revoked.") % {"name": token.name},
            revoke_reader_token,
            button=_("Revoke"),
            danger=True,
        )
        return confirm_page(self, request, action, token_id, crumbs=_crumbs(), heading=token.name)


def _crumbs() -> list[tuple[str, str]]:
    return [(reverse("admin:audit_readertoken_changelist"), _("Reader tokens"))]


def _row(token: ReaderToken, now: datetime) -> dict[str, Any]:
    if token.revoked_at is not None:
        label, tone = _("revoked"), ""
    elif token.expires_at <= now:
        label, tone = _("expired"), "warning"
    else:
        label, tone = _("works"), "success"
    is_active = token.revoked_at is None and token.expires_at > now
    return {"token": token, "scopes": _scopes_of(token), "label": label, "tone": tone, "is_active": is_active}


def _scopes_of(token: ReaderToken) -> str:
    return ", ".join(str(_SCOPES.get(scope, scope)) for scope in token.scopes)
