"""The project as an app: its commands, checks and promises."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules


class OmegaOfficeConfig(AppConfig):
    name = "omegaoffice"
    verbose_name = "OmegaOffice"

    def ready(self) -> None:
        # Tasks are enqueued through the configured Celery app only once it has been made.
        from . import celery, checks  # noqa: F401, PLC0415
        from .db import declared  # noqa: F401, PLC0415

        autodiscover_modules("promises")
