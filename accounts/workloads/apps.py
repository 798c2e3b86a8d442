"""Django's configuration of the workloads app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class WorkloadsConfig(AppConfig):
    name = "accounts.workloads"
    label = "workloads"
    verbose_name = _("Workloads")

    def ready(self) -> None:
        from . import labels  # noqa: F401, PLC0415  registers them
