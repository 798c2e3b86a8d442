"""Reader tokens on the admin site: the list, a new one that is shown once, and the end of one."""

from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.tokens.models import ReaderToken
from audit.tokens.selectors import list_tokens, scopes_of
from audit.tokens.services import make_reader_token, revoke_reader_token
from core.actions import Action, confirm_page

from .export_forms import TokenForm
from .log_admin import LogRightAdmin


class TokenAdmin(LogRightAdmin):
    """Whoever may end tokens sees them; only who reads the log may make one: nobody hands on what they do not hold."""

    right = "end_token"

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", self.protect(self.list), name="audit_readertoken_changelist"),
            path("new/", self.protect(self.new, "make_token", step_up=True), name="audit_readertoken_new"),
            path("<uuid:token_id>/revoke/", self.protect(self.revoke, step_up=True), name="audit_readertoken_revoke"),
        ]

    def list(self, request: HttpRequest) -> HttpResponseBase:
        """Show tokens, the newest first: those that work, then those that ended."""
        context = {
            "title": _("Reader tokens"),
            "rows": list_tokens(timezone.now()),
            "may_make": self.may_read(request, "make_token"),
        }
        return self.page(request, "audit/tokens.html", context)

    def new(self, request: HttpRequest) -> HttpResponseBase:
        """Make a token and show it once: the answer to the posted form is the only page that has it."""

        def show(made: tuple[ReaderToken, str]) -> HttpResponseBase:
            token, text = made
            address = request.build_absolute_uri(reverse("audit_api:entries"))
            context = {"title": _("A new reader token"), "token": token, "text": text, "address": address}
            return self.page(request, "audit/token_made.html", {**context, "scopes": scopes_of(token)})

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
