"""The settings outside production: the office's own, the demo commands, and the practice provider."""

from django.core.exceptions import ImproperlyConfigured

from omegaoffice.environment import IS_PRODUCTION
from omegaoffice.settings import *  # noqa: F403  all of them
from omegaoffice.settings import SOCIALACCOUNT_PROVIDERS as _PROVIDERS
from omegaoffice.settings.apps import INSTALLED_APPS as _APPS
from omegaoffice.settings.auth import PRACTICE_PROVIDER_URL

from .practice.endpoints import github_api, google_endpoints, with_practice

if IS_PRODUCTION:
    raise ImproperlyConfigured("OFFICE_ENV is production: its settings are omegaoffice.settings.")

INSTALLED_APPS = [*_APPS, "omegaoffice.dev"]
SOCIALACCOUNT_PROVIDERS = _PROVIDERS
if PRACTICE_PROVIDER_URL:
    SOCIALACCOUNT_PROVIDERS = with_practice(_PROVIDERS, PRACTICE_PROVIDER_URL)
    GOOGLE_ENDPOINTS = google_endpoints(PRACTICE_PROVIDER_URL)
    GITHUB_API = github_api(PRACTICE_PROVIDER_URL)
