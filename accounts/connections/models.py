"""What a person automates with Google: automations and their runs. Both tables are restricted."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.personaldata.models import DailyTotal, PlatformRecord


class Automation(PlatformRecord):
    """One automation as of `occurred_at`; name, trigger, actions and destinations are encrypted."""

    is_on = models.BooleanField()
    scopes = ArrayField(models.CharField(max_length=64))
    sealed = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["subject", "occurred_at", "id"], name="connections_automation_of")]


class Run(PlatformRecord):
    """One run of an automation; its details are encrypted."""

    automation = models.UUIDField()
    outcome = models.CharField(max_length=16)
    sealed = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["subject", "occurred_at", "id"], name="connections_run_of")]


class ConnectionsDailyTotal(DailyTotal):
    """Automations by the day of their last state, runs by day and outcome."""

    class Meta(DailyTotal.Meta):
        db_table = "connections_dailytotal"
        verbose_name = _("connections by day")
        verbose_name_plural = _("connections by day")
        indexes = [
            models.Index(fields=["-day", "-id"], name="connections_daily_recent"),
            # the nightly sweep of what is past its rule, oldest first
            models.Index(fields=["stream", "day", "subject"], name="connections_dailytotal_stream"),
        ]
