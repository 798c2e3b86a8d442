"""Django's configuration of the rights app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RightsConfig(AppConfig):
    name = "rights"
    label = "rights"
    verbose_name = _("Privacy")

    def ready(self) -> None:
        from . import labels, letters, receivers  # noqa: F401, PLC0415  registers them
