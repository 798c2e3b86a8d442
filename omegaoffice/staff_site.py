"""The staff's door: Django's admin as our own site under /staff/."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.identity.policies import has_role, roles_of, signed_in
from accounts.identity.roles import Role
from audit.admin import register as register_log


class StaffSite(AdminSite):
    """Admin pages are windows: whoever holds a staff role may enter, each page asks for its own."""

    site_header = _("OmegaOffice")
    site_title = _("OmegaOffice staff")
    index_title = _("Desk")
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(roles_of(request.user))  # type: ignore[arg-type]


staff_site = StaffSite(name="admin")


def _may_read_log(request: HttpRequest) -> bool:
    return has_role(signed_in(request), Role.AUDITOR, Role.PRIVACY_OFFICER)


register_log(staff_site, may_read=_may_read_log)
