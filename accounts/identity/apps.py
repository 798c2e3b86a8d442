"""Django's configuration of the identity app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class IdentityConfig(AppConfig):
    name = "accounts.identity"
    label = "identity"
    verbose_name = _("Identity")

    def ready(self) -> None:
        autodiscover_modules("data_categories", "item_providers", "streams")
        from . import labels, receivers  # noqa: F401, PLC0415  registers and connects them
