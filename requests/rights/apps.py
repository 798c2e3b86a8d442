"""Django's configuration of the rights app."""

from importlib import import_module

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class RightsConfig(AppConfig):
    name = "rights"
    label = "rights"
    verbose_name = _("Privacy")

    def ready(self) -> None:
        import_module("rights.letters")
        import_module("rights.receivers")
        import_module("rights.labels")
