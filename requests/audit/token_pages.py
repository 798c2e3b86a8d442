"""Reader tokens on the staff site: the list, a new one that is shown once, and the end of one."""

from uuid import UUID

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from . import services
from .desk_forms import TokenForm
from .errors import TokenError
from .models import ReaderToken
from .ports import desk
from .token_rows import list_tokens, scopes_of
from .windows import LogWindow


class TokenWindow(LogWindow):
    """Whoever may end tokens sees them; who reads the log may make one, for nobody hands on what they do not hold."""

    right = "end_token"

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", self.open(self.list), name="audit_readertoken_changelist"),
            path("new/", self.open(self.new, "make_token", step_up=True), name="audit_readertoken_new"),
            path("<uuid:token_id>/revoke/", self.open(self.revoke), name="audit_readertoken_revoke"),
        ]

    def list(self, request: HttpRequest) -> HttpResponse:
        """Show tokens, the newest first: those that live, then those that ended."""
        now = timezone.now()
        may_make = desk().may(request, "make_token")
        context = {"title": _("Reader tokens"), "rows": list_tokens(now), "may_make": may_make}
        return self.page(request, "audit/tokens.html", context)

    def new(self, request: HttpRequest) -> HttpResponse:
        """Make a token and show it, this once: the answer to the posted form is the only page that has it."""
        form = TokenForm(request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            try:
                token, text = services.make_reader_token(
                    **form.cleaned_data, actor=desk().actor(request), now=timezone.now()
                )
            except TokenError as error:
                form.add_error(error.field, error.sentence)
            else:
                address = request.build_absolute_uri(reverse("api_audit_entries"))
                made = {"title": _("A new reader token"), "token": token, "text": text, "address": address}
                made["scopes"] = scopes_of(token)
                return self.page(request, "audit/token_made.html", made)
        context = {"title": _("New reader token"), "form": form}
        return self.page(request, "audit/token_new.html", context, 400 if form.errors else 200)

    def revoke(self, request: HttpRequest, token_id: UUID) -> HttpResponse:
        """Ask on a page of its own, then end the token at once."""
        token = ReaderToken.objects.filter(pk=token_id).first()
        if token is None:
            raise Http404
        refusal = ""
        if request.method == "POST":
            try:
                services.revoke_reader_token(token_id, actor=desk().actor(request), now=timezone.now())
            except TokenError as error:
                refusal = error.sentence
            else:
                messages.success(request, _("The token “%(name)s” was revoked.") % {"name": token.name})
                return redirect("admin:audit_readertoken_changelist")
        context = {
            "crumbs": [(reverse("admin:audit_readertoken_changelist"), _("Reader tokens"))],
            "title": _("Revoke a token"),
            "heading": token.name,
            "text": _("The machine that holds it can read the log no longer, from its next request on."),
            "action": _("Revoke"),
            "danger": True,
            "refusal": refusal,
            "back_url": reverse("admin:audit_readertoken_changelist"),
        }
        return self.page(request, "audit/act.html", context, 409 if refusal else 200)
