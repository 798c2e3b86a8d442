"""Django's configuration of the roof."""

from django.apps import AppConfig


class OmegaOfficeConfig(AppConfig):
    name = "omegaoffice"
    verbose_name = "OmegaOffice"
