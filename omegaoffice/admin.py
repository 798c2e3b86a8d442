"""The staff console: Django's admin as our own site under /staff/."""

from collections.abc import Iterable
from datetime import datetime, timedelta
from typing import Any, ClassVar

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, URLResolver, include, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.views.decorators.cache import never_cache

from accounts.connections import admin as connections_admin
from accounts.identity import admin as identity_admin
from accounts.identity.actors import actor_of
from accounts.identity.policies import signed_in
from accounts.identity.roles import Role
from accounts.identity.selectors import get_staff_names
from accounts.identity.staff.access import may_enter, sign_in_redirect, staff_roles
from accounts.identity.step_up.recent_step_up import Purpose, step_up_answer
from accounts.identity.waiting import MOST, count_waiting, group_waiting, remember_counts, waiting_for
from accounts.terms import (
    admin as terms_admin,
    announcement_admin as terms_announcement_admin,
    policy_admin as terms_policy_admin,
)
from accounts.workloads import admin as workloads_admin
from audit.admin import LogAdmin, register as register_log
from audit.log.actors import Actor
from audit.log.models import Entry
from audit.publishing.metrics import last_checkpoint_seconds, log_faults
from audit.staff_access import Right, set_staff_access
from humanaccess.admin import register as register_access
from humanaccess.presenters import glass_alarms
from rights.admin import register as register_rights

from .staff_menu import menu
from .staff_search import LONGEST_QUERY, search

#: the address that a renamed model keeps, since people keep links
ADDRESSES = {
    "audit/storedcheckpoint/": "audit/checkpoint/",
    "connections/connectionsdailytotal/": "connections/dailytotal/",
    "humanaccess/approvalrequest/": "humanaccess/ask/",
    "workloads/workloadsdailytotal/": "workloads/dailytotal/",
}


def _at_its_old_address(found: URLPattern | URLResolver) -> URLPattern | URLResolver:
    kept = ADDRESSES.get(str(found.pattern))
    return path(kept, include(found.url_patterns)) if kept and isinstance(found, URLResolver) else found


class StaffSite(AdminSite):
    """Open to whoever holds a staff role and used a second factor in this session; each page asks for its own role."""

    site_header = _("OmegaOffice")
    site_title = _("OmegaOffice staff")
    index_title = _("Staff console")
    enable_nav_sidebar = True

    def get_urls(self) -> list[URLPattern | URLResolver]:
        log = LogAdmin(Entry, self)
        return [
            path("log/cases/<slug:case>/", log.protect(log.case), name="audit_case"),
            path("log/subjects/<slug:subject>/", log.protect(log.subject), name="audit_subject"),
            path("search/", self.admin_view(self.search), name="search"),
            *map(_at_its_old_address, super().get_urls()),
        ]

    def has_permission(self, request: HttpRequest) -> bool:
        return may_enter(request)

    def index(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> TemplateResponse:
        """Show what waits for this person, the most urgent first, and the log's health."""
        user, now = signed_in(request), timezone.now()
        waiting = waiting_for(user, now)
        remember_counts(user, waiting)
        context = {
            "title": _("What waits for you"),
            "log_faults": log_faults(),
            "log_signed_at": _signed_at(now) if LogStaffAccess().may(request, "read") else None,
            "groups": group_waiting([item for items in waiting.values() for item in items], now),
            "full_lists": [each.title for each, items in waiting.items() if len(items) >= MOST],
            **(extra_context or {}),
        }
        return super().index(request, context)

    def search(self, request: HttpRequest) -> HttpResponseBase:
        """Find what is typed into the one search field; a single hit is opened at once."""
        query = request.POST.get("q", "").strip()[:LONGEST_QUERY]
        context = self.each_context(request)
        hits = search(request, self, query, context["menu"])
        if len(hits) == 1:
            return HttpResponseRedirect(hits[0].url)
        context |= {"title": _("Search"), "query": query, "hits": hits}
        return TemplateResponse(request, "admin/search.html", context)

    def each_context(self, request: HttpRequest) -> dict[str, Any]:
        """Add the menu, with how much waits for this person on which page."""
        context = super().each_context(request)
        if context["has_permission"]:
            user, now = signed_in(request), timezone.now()
            context["menu"] = menu(context["available_apps"], count_waiting(user, now))
            context["alarms"] = glass_alarms(user, staff_roles(request), now)
        return context

    def app_index(self, _request: HttpRequest, *_more: Any, **_context: Any) -> HttpResponse:  # type: ignore[override]
        """Redirect to the first page: no page lists the models of one app."""
        return HttpResponseRedirect(reverse("admin:index"))

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002  Django's signature
        """Redirect to the one sign-in page, or to what is missing after it."""
        return sign_in_redirect(request, reverse("admin:index"))

    @method_decorator(never_cache)
    def logout(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # type: ignore[override]
        """End the session, then show the sign-in page."""
        answer: HttpResponse = super().logout(request, extra_context)
        return HttpResponseRedirect(reverse("account_login")) if request.method == "POST" else answer

    def password_change(self, _request: HttpRequest, *_more: Any) -> HttpResponse:  # type: ignore[override]
        """Redirect to the one page where passwords change."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def password_change_done(self, _request: HttpRequest, *_more: Any) -> HttpResponse:  # type: ignore[override]
        return HttpResponseRedirect(reverse("identity:security"))


def _signed_at(now: datetime) -> datetime | None:
    seconds = last_checkpoint_seconds(now)
    return None if seconds is None else now - timedelta(seconds=seconds)


staff_site = StaffSite(name="admin")


class LogStaffAccess:
    """Maps the log's rights to roles (the port `audit.staff_access`)."""

    _HOLDERS: ClassVar[dict[Right, frozenset[Role]]] = {
        "read": frozenset({Role.AUDITOR, Role.PRIVACY_OFFICER}),
        "open": frozenset({Role.AUDITOR}),
        "export": frozenset({Role.AUDITOR}),
        "make_token": frozenset({Role.AUDITOR}),
        "end_token": frozenset({Role.AUDITOR, Role.ADMINISTRATOR}),
    }

    def may(self, request: HttpRequest, right: Right) -> bool:
        return bool(staff_roles(request) & self._HOLDERS[right])

    def actor(self, request: HttpRequest) -> Actor:
        return actor_of(signed_in(request))

    def staff_names(self, references: Iterable[str]) -> dict[str, str]:
        return get_staff_names(references)

    def step_up(self, request: HttpRequest, *, began_at: datetime | None = None) -> HttpResponseBase | None:
        return step_up_answer(request, timezone.now(), began_at=began_at)

    def step_up_to_read(self, request: HttpRequest) -> HttpResponseBase | None:
        return step_up_answer(request, timezone.now(), Purpose.READ)


set_staff_access(LogStaffAccess())
register_log(staff_site)
identity_admin.register(staff_site)
workloads_admin.register(staff_site)
connections_admin.register(staff_site)
terms_admin.register(staff_site)
terms_policy_admin.register(staff_site)
terms_announcement_admin.register(staff_site)
register_rights(staff_site)
register_access(staff_site)
