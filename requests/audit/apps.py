"""Django's configuration of the log."""

from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Log")

    def ready(self) -> None:
        from vault.ports import SecretHolder, register_secret_holder, register_ticket_office  # noqa: PLC0415

        from . import words  # noqa: F401, PLC0415  registers them
        from .ports import register_erased_answer  # noqa: PLC0415
        from .services import reseal_exports, withdraw_exports  # noqa: PLC0415
        from .tickets import check_ticket  # noqa: PLC0415

        register_ticket_office(check_ticket)
        register_erased_answer(withdraw_exports)
        register_secret_holder(SecretHolder("keys of log exports", reseal_exports))
        autodiscover_modules("events")
        from . import checks  # noqa: F401, PLC0415  registers what it checks
