"""Django's configuration of the humanaccess app."""

from django.apps import AppConfig


class HumanAccessConfig(AppConfig):
    name = "humanaccess"
    label = "humanaccess"
    verbose_name = "Human access"

    def ready(self) -> None:
        from . import receivers  # noqa: F401, PLC0415  registers them
