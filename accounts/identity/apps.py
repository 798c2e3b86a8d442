"""Django's configuration of the identity app."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class IdentityConfig(AppConfig):
    name = "accounts.identity"
    label = "identity"
    verbose_name = "Identity"

    def ready(self) -> None:
        autodiscover_modules("holdings", "sources", "lines")
        from . import cards, receivers  # noqa: F401, PLC0415  registers and connects them
