from django.apps import AppConfig
from django.utils.module_loading import autodiscover_modules
from django.utils.translation import gettext_lazy as _


class AuditConfig(AppConfig):
    name = "audit"
    verbose_name = _("Log")

    def ready(self) -> None:
        from vault.ports import SecretHolder, register_authorisation_check, register_secret_holder  # noqa: PLC0415

        from .erasure.participants import register_erased_listener  # noqa: PLC0415
        from .exports.files import reencrypt_exports  # noqa: PLC0415
        from .exports.withdraw import withdraw_exports  # noqa: PLC0415
        from .log import events, labels  # noqa: F401, PLC0415  registers events and labels
        from .log.read_authorisation import check_authorisation  # noqa: PLC0415

        register_authorisation_check(check_authorisation)
        register_erased_listener(withdraw_exports)
        register_secret_holder(SecretHolder("keys of log exports", reencrypt_exports))
        autodiscover_modules("events")
        from . import checks  # noqa: F401, PLC0415  registers the checks
