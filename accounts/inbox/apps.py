"""Django's configuration of the inbox app."""

from django.apps import AppConfig


class InboxConfig(AppConfig):
    name = "accounts.inbox"
    label = "inbox"
    verbose_name = "Inbox"
