"""Tokens with which machines read the log."""

from typing import ClassVar

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from core.tokens import MachineToken


class ReaderToken(MachineToken):
    """A token that reads the log. `shown` is its beginning, by which one found somewhere can be told from others."""

    PREFIX = "omega_log_"
    #: `entries` pulls the log, `export` asks for exports and fetches them; neither ever decrypts anything
    SCOPES = ("entries", "export")
    SHOWN: ClassVar[int] = len(PREFIX) + 4

    scopes = ArrayField(models.CharField(max_length=16), verbose_name=_("scopes"))
    shown = models.CharField(max_length=16)
    made_by = models.CharField(max_length=64)

    class Meta(MachineToken.Meta):
        verbose_name = _("reader token")
        verbose_name_plural = _("reader tokens")
