"""The staff's door: Django's admin as our own site under /staff/."""

from django.contrib.admin import AdminSite
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.identity.policies import roles_of


class StaffSite(AdminSite):
    """Admin pages are windows: whoever holds a staff role may enter, each page asks for its own."""

    site_header = _("OmegaOffice")
    site_title = _("OmegaOffice staff")
    index_title = _("Desk")
    enable_nav_sidebar = True

    def has_permission(self, request: HttpRequest) -> bool:
        return bool(roles_of(request.user))  # type: ignore[arg-type]


staff_site = StaffSite(name="admin")
