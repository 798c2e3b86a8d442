"""Users as staff find them: by search, never by browsing; each person who is shown is logged first."""

from typing import Any
from uuid import UUID

from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.identity import selectors
from accounts.identity.forms import PersonSearchForm
from accounts.identity.models import User
from accounts.identity.roles import Role, role_names
from accounts.identity.services import show_people
from audit.staff.presenters import subject_url
from core.refusals import INVALID

from .person_facts import person_facts
from .role_admin import RoleAdmin

PAGE_SIZE = 20


class UsersAdmin(RoleAdmin):
    """E-mail, user name, provider ids, roles, dates; of sessions the count by day."""

    readers = frozenset({Role.SUPPORT, Role.PRIVACY_OFFICER, Role.SECURITY_ENGINEER, Role.LEGAL_COUNSEL})

    def get_urls(self) -> list[URLPattern]:
        return [
            path("", self.protect(self.search), name="identity_user_changelist"),
            path("<uuid:user_id>/", self.protect(self.person), name="identity_user_detail"),
        ]

    def search(self, request: HttpRequest) -> HttpResponseBase:
        """Find people by the beginning of an address, a whole user name, or an account id."""
        form = PersonSearchForm(request.POST if request.method == "POST" else None)
        context: dict[str, Any] = {"title": _("Users"), "form": form, "people": None}
        if request.method != "POST":
            return self.page(request, "identity/staff/users.html", context)
        if not form.is_valid():
            return self.page(request, "identity/staff/users.html", context, INVALID)
        found = selectors.find_people(form.cleaned_data["query"], after=form.cleaned_data["after"], limit=PAGE_SIZE)
        show_people(found, actor=self.actor(request), page="search", now=timezone.now())
        more = found[-1].email if len(found) == PAGE_SIZE else ""
        return self.page(request, "identity/staff/users.html", {**context, "people": found, "more_after": more})

    def person(self, request: HttpRequest, user_id: UUID) -> HttpResponseBase:
        """Show one person's account."""
        person, now = get_object_or_404(User, pk=user_id), timezone.now()
        show_people([person], actor=self.actor(request), page="account", now=now)
        assignments = selectors.list_role_assignments(person)
        context = {
            "log_url": subject_url(request, person.reference),
            "title": person.username,
            "person": person,
            "providers": selectors.list_provider_ids(person),
            "roles": role_names(row.role for row in assignments if row.is_in_force(now)),
            "days": selectors.count_sessions_by_day(person),
            "facts": [fact for told in person_facts for fact in told(person.reference)],
        }
        return self.page(request, "identity/staff/user.html", context)
