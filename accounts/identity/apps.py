"""Django's configuration of the identity app, and of allauth's list of a person's sessions."""

from allauth.usersessions.apps import UserSessionsConfig
from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class IdentityConfig(AppConfig):
    name = "accounts.identity"
    label = "identity"
    verbose_name = _("Identity")
    default = True

    def ready(self) -> None:
        autodiscover_modules("data_categories", "item_providers", "streams", "waiting")
        from . import labels, receivers  # noqa: F401, PLC0415  registers and connects them
        from .staff import waiting  # noqa: F401, PLC0415  registers it


class SessionListConfig(UserSessionsConfig):  # type: ignore[misc]  # allauth ships no types
    """Connects none of allauth's receivers, which would store the cookie itself: ours store its hash."""

    def ready(self) -> None:
        """Connect nothing."""
