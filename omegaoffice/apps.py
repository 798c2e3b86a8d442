"""Django's configuration of the roof."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class OmegaOfficeConfig(AppConfig):
    name = "omegaoffice"
    verbose_name = "OmegaOffice"

    def ready(self) -> None:
        # Rings of the broker's bell go through the configured Celery app only when it has been made.
        from . import celery, checks  # noqa: F401, PLC0415
        from .db import declared  # noqa: F401, PLC0415

        autodiscover_modules("promises")
