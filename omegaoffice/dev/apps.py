"""The app of the development commands: never installed in production."""

from django.apps import AppConfig


class DevConfig(AppConfig):
    name = "omegaoffice.dev"
    label = "office_dev"
    verbose_name = "Development"
