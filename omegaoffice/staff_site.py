"""The staff's door: Django's admin as our own site under /staff/."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib.admin import AdminSite
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect
from django.urls import URLPattern, URLResolver, path, reverse
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
from accounts.identity.staff_door import lead_in, may_enter, staff_roles
from accounts.identity.stepup import Purpose, step_up_first
from accounts.workloads import admin as workloads_admin
from audit.actors import Actor
from audit.admin import LogAdmin
from audit.admin import register as register_log
from audit.export_admin import register as register_log_windows
from audit.models import Entry
from audit.ports import Right, set_desk
from humanaccess.admin import register as register_looks
from rights.admin import register as register_rights


class StaffSite(AdminSite):
    """Admin pages are windows: whoever holds a staff role, and used a second factor in this session, may enter;
    each page asks for its own role."""

    site_header = _("OmegaOffice")
    site_title = _("OmegaOffice staff")
    index_title = _("Desk")
    enable_nav_sidebar = True

    def get_urls(self) -> list[URLPattern | URLResolver]:
        log = LogAdmin(Entry, self)
        return [
            path("log/cases/<slug:case>/", log.open(log.case), name="audit_case"),
            path("log/subjects/<slug:subject>/", log.open(log.subject), name="audit_subject"),
            *super().get_urls(),
        ]

    def has_permission(self, request: HttpRequest) -> bool:
        return may_enter(request)

    @method_decorator(never_cache)
    def login(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:  # noqa: ARG002  Django's signature
        """Lead to the one sign-in of the house, or to what is missing after it."""
        return lead_in(request, reverse("admin:index"))

    def password_change(  # type: ignore[override]  # the parent names a narrower answer
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002  Django's signature
    ) -> HttpResponse:
        """Lead to the one page where passwords change."""
        return HttpResponseRedirect(reverse("account_change_password"))

    def password_change_done(  # type: ignore[override]  # the parent names a narrower answer
        self,
        request: HttpRequest,  # noqa: ARG002  Django's signature
        extra_context: dict[str, Any] | None = None,  # noqa: ARG002  Django's signature
    ) -> HttpResponse:
        """Lead to the security settings."""
        return HttpResponseRedirect(reverse("settings_security"))


staff_site = StaffSite(name="admin")


class LogDesk:
    """Answers the log about a person's request: which roles hold which of its rights."""

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

    def step_up(self, request: HttpRequest) -> HttpResponseBase | None:
        return step_up_first(request, timezone.now())

    def step_up_to_read(self, request: HttpRequest) -> HttpResponseBase | None:
        return step_up_first(request, timezone.now(), Purpose.READ)


set_desk(LogDesk())
register_log(staff_site)
register_log_windows(staff_site)
identity_admin.register(staff_site)
workloads_admin.register(staff_site)
connections_admin.register(staff_site)
register_rights(staff_site)
register_looks(staff_site)
