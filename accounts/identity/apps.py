"""Django's configuration of the identity app."""

from django.apps import AppConfig


class IdentityConfig(AppConfig):
    name = "accounts.identity"
    label = "identity"
    verbose_name = "Identity"
