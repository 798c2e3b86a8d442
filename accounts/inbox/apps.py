"""Django's configuration of the inbox app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class InboxConfig(AppConfig):
    name = "accounts.inbox"
    label = "inbox"
    verbose_name = _("Inbox")
