"""Django's configuration of the humanaccess app."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class HumanAccessConfig(AppConfig):
    name = "humanaccess"
    label = "humanaccess"
    verbose_name = _("Human access")

    def ready(self) -> None:
        from . import ends, labels, receivers  # noqa: F401, PLC0415  registers them
        from .legal import data_categories, waiting  # noqa: F401, PLC0415  as those of the app itself
