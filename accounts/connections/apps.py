"""Django's configuration of the connections app."""

from django.apps import AppConfig


class ConnectionsConfig(AppConfig):
    name = "accounts.connections"
    label = "connections"
    verbose_name = "Connections"
