"""What a person automates with Google: automations, their runs, and where these sent data. All are restricted."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.personaldata.models import DailyTotal, PlatformRecord


class Automation(PlatformRecord):
    """One automation as of `occurred_at`; name, trigger, actions and destinations are encrypted.

    `destination_digests` are those of every destination that it ever had; None where it was last told of before they
    were kept.
    """

    is_on = models.BooleanField()
    scopes = ArrayField(models.CharField(max_length=64))
    destination_digests = ArrayField(models.CharField(max_length=48), null=True)
    sealed = models.BinaryField()


class Run(PlatformRecord):
    """One run of an automation; its details are encrypted."""

    automation = models.UUIDField()
    outcome = models.CharField(max_length=16)
    sealed = models.BinaryField()


class Transfer(PlatformRecord):
    """What one automation sent to one destination: its kind, its keyed digest, and its name encrypted."""

    automation = models.UUIDField()
    kind = models.CharField(max_length=16)
    digest = models.CharField(max_length=48)
    sealed = models.BinaryField()


class ConnectionsDailyTotal(DailyTotal):
    """Automations by the day of their last state, runs by day and outcome, transfers by day and kind."""

    class Meta(DailyTotal.Meta):
        db_table = "connections_dailytotal"
        verbose_name = _("connections by day")
        verbose_name_plural = _("connections by day")
        indexes = [
            models.Index(fields=["-day", "-id"], name="connections_daily_recent"),
            # the nightly sweep of what is past its rule, oldest first
            models.Index(fields=["stream", "day", "subject"], name="connections_dailytotal_stream"),
        ]
