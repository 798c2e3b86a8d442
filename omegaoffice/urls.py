"""The root URLconf."""

from django.urls import include, path
from django.views.decorators.http import require_safe
from django.views.generic import RedirectView, TemplateView
from drf_spectacular.views import SpectacularAPIView, SpectacularJSONAPIView

from accounts.connections.api import TokensView
from accounts.connections.own_api import ConnectionsView
from accounts.connections.webhooks import receive_google
from accounts.identity.urls import api_urls, invitation_urls
from accounts.terms.api import PolicyView
from accounts.terms.urls import own_urls
from humanaccess.api import ReadsView
from humanaccess.urls import api_urls as access_urls
from rights.urls import api_urls as rights_urls, log_urls

from .admin import staff_site
from .web.api_page import api_page
from .web.health import livez, readyz
from .web.well_known import security_txt

urlpatterns = [
    path("", TemplateView.as_view(template_name="landing.html"), name="landing"),
    path("accounts/invitation/", include(invitation_urls)),
    # Our page of sign-in methods lists the sessions; allauth's own page mistakes the key of a row for a cookie.
    path("accounts/sessions/", require_safe(RedirectView.as_view(pattern_name="identity:security"))),
    path("accounts/", include("allauth.urls")),
    path("settings/", include("accounts.identity.urls")),
    path("settings/letters/", include("accounts.inbox.urls")),
    path("settings/privacy/", include("rights.urls")),
    path("settings/log/", include(log_urls)),
    path("certificate/", include("rights.public_urls")),
    path("settings/", include("humanaccess.urls")),
    path("settings/connections/", include("accounts.connections.urls")),
    path("webhooks/google/", receive_google, name="google_events"),
    path("policy/", include("accounts.terms.urls")),
    path("settings/policy/", include(own_urls)),
    path("api/v1/", include("accounts.workloads.urls")),
    path("api/v1/platform/tokens", TokensView.as_view(), name="platform_tokens"),
    path("api/v1/platform/reads", ReadsView.as_view(), name="platform_reads"),
    path("api/v1/me/", include(api_urls)),
    path("api/v1/me/", include(access_urls)),
    path("api/v1/me/connections", ConnectionsView.as_view(), name="own_connections"),
    path("api/v1/me/policy", PolicyView.as_view(), name="own_policy"),
    path("api/v1/", include(rights_urls)),
    path("api/v1/audit/", include("audit.api.urls")),
    path("api/", api_page, name="api"),
    path("api/v1/schema.json", SpectacularJSONAPIView.as_view(), name="api_schema_json"),
    path("api/v1/schema", SpectacularAPIView.as_view(), name="api_schema"),
    path("log/", include("audit.api.public_urls")),
    path("staff/", staff_site.urls),
    path("i18n/", include("django.conf.urls.i18n")),
    path(".well-known/security.txt", security_txt, name="security_txt"),
    path("livez", livez, name="livez"),
    path("readyz", readyz, name="readyz"),
]

handler400 = "omegaoffice.web.problems.bad_request"
handler403 = "omegaoffice.web.problems.permission_denied"
handler404 = "omegaoffice.web.problems.not_found"
handler500 = "omegaoffice.web.problems.server_error"
