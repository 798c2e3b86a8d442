"""Every address of the office."""

from django.urls import include, path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView, TemplateView
from drf_spectacular.views import SpectacularAPIView

from .health import livez, readyz
from .staff_site import staff_site
from .well_known import security_txt

urlpatterns = [
    path("", TemplateView.as_view(template_name="landing.html"), name="landing"),
    path("accounts/invitation/", include("accounts.identity.invitation_urls")),
    # The list of sessions is on the page of all ways in; allauth's own takes the key of a row for a cookie.
    path("accounts/sessions/", require_safe(RedirectView.as_view(pattern_name="settings_security"))),
    path("accounts/", include("allauth.urls")),
    path("settings/", include("accounts.identity.urls")),
    path("settings/letters/", include("accounts.inbox.urls")),
    path("settings/privacy/", include("rights.urls")),
    path("settings/", include("humanaccess.urls")),
    path("settings/connections/", include("accounts.connections.urls")),
    path("api/v1/", include("accounts.workloads.urls")),
    path("api/v1/audit/", include("audit.api_urls")),
    path("api/v1/schema", SpectacularAPIView.as_view(), name="api_schema"),
    path("log/", include("audit.public_urls")),
    path("staff/", staff_site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path(".well-known/security.txt", security_txt, name="security_txt"),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
]

handler400 = "omegaoffice.problems.bad_request"
handler403 = "omegaoffice.problems.permission_denied"
handler404 = "omegaoffice.problems.not_found"
handler500 = "omegaoffice.problems.server_error"
