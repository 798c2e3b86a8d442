"""Django's configuration of the inbox app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboxConfig(AppConfig):
    name = "accounts.inbox"
    label = "inbox"
    verbose_name = _("Inbox")

    def ready(self) -> None:
        from . import receivers  # noqa: F401, PLC0415  registers the letters to all staff
