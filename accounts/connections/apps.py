"""Django's configuration of the connections app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ConnectionsConfig(AppConfig):
    name = "accounts.connections"
    label = "connections"
    verbose_name = _("Connections")

    def ready(self) -> None:
        from . import receivers  # noqa: F401, PLC0415  connects them
