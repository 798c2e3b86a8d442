"""Users as staff find them: by search, never by browsing; each person who is shown is logged first."""

from typing import Any
from uuid import UUID

from django.http import Http404, HttpRequest, HttpResponse
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from audit.shown import subject_url

from . import selectors
from .forms import PersonSearchForm
from .models import User
from .policies import signed_in
from .role_words import role_names
from .roles import Role
from .services import show_people
from .windows import Window

PAGE_SIZE = 20


class UsersAdmin(Window):
    """E-mail, user name, provider ids, roles, dates; of sessions the count by day."""

    readers = frozenset({Role.SUPPORT, Role.PRIVACY_OFFICER, Role.SECURITY_ENGINEER, Role.LEGAL_COUNSEL})

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", self.open(self.search), name="identity_user_changelist"),
            path("<uuid:user_id>/", self.open(self.person), name="identity_user_detail"),
        ]

    def search(self, request: HttpRequest) -> HttpResponse:
        """Find people by the beginning of an address, a whole user name, or an account id."""
        form = PersonSearchForm(request.POST if request.method == "POST" else None)
        context: dict[str, Any] = {"title": _("Users"), "form": form, "people": None}
        if request.method != "POST":
            return self.page(request, "identity/staff/users.html", **context)
        if not form.is_valid():
            return self.page(request, "identity/staff/users.html", 400, **context)
        found = selectors.find_people(form.cleaned_data["query"], after=form.cleaned_data["after"], limit=PAGE_SIZE)
        show_people(found, by=signed_in(request), page="search", now=timezone.now())
        more = found[-1].email if len(found) == PAGE_SIZE else ""
        return self.page(request, "identity/staff/users.html", **{**context, "people": found, "more_after": more})

    def person(self, request: HttpRequest, user_id: UUID) -> HttpResponse:
        """Show one person's account."""
        person = User.objects.filter(pk=user_id).first()
        if person is None:
            raise Http404
        show_people([person], by=signed_in(request), page="account", now=timezone.now())
        held = selectors.list_role_assignments(person)
        return self.page(
            request,
            "identity/staff/user.html",
            log_url=subject_url(request, person.reference),
            title=person.username,
            person=person,
            providers=selectors.list_provider_ids(person),
            roles=role_names(row.role for row in held if row.counts(timezone.now())),
            days=selectors.count_sessions_by_day(person),
        )
