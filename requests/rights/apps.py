"""Django's configuration of the rights app."""

from importlib import import_module

from django.apps import AppConfig


class RightsConfig(AppConfig):
    name = "rights"
    label = "rights"
    verbose_name = "Privacy"

    def ready(self) -> None:
        import_module("rights.letters")
        import_module("rights.receivers")
