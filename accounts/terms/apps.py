"""Django's configuration of the terms app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class TermsConfig(AppConfig):
    name = "accounts.terms"
    label = "terms"
    verbose_name = _("Terms")

    def ready(self) -> None:
        from accounts.personaldata.categories import set_processor_names  # noqa: PLC0415  models are loaded by now

        from . import labels, letters, receivers  # noqa: F401, PLC0415  registers them
        from .selectors import processor_names  # noqa: PLC0415

        set_processor_names(processor_names)
