"""Django's configuration of the workloads app."""

from django.apps import AppConfig


class WorkloadsConfig(AppConfig):
    name = "accounts.workloads"
    label = "workloads"
    verbose_name = "Workloads"
