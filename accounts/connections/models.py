"""What a person automates with Google: automations and their runs. Both tables are gated."""

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


class PlatformRecord(models.Model):
    """One record of a platform stream: `id` is the platform's, `subject` the person's reference.

    `sealed` is a JSON object under the subject's key.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    subject = models.CharField(max_length=32)
    occurred_at = models.DateTimeField()
    sealed = models.BinaryField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.id)


class Automation(PlatformRecord):
    """One automation as of `occurred_at`; name, trigger, actions and destinations are sealed together."""

    is_on = models.BooleanField()
    scopes = ArrayField(models.CharField(max_length=64))

    class Meta:
        indexes = [models.Index(fields=["subject", "occurred_at", "id"], name="connections_automation_of")]


class Run(PlatformRecord):
    """One run of an automation; its details are sealed."""

    automation = models.UUIDField()
    outcome = models.CharField(max_length=16)

    class Meta:
        indexes = [models.Index(fields=["subject", "occurred_at", "id"], name="connections_run_of")]


class DailyTotal(models.Model):
    """Counts by day and outcome; staff see them by a function alone. Kept by triggers, written by nobody else."""

    subject = models.CharField(max_length=32)
    stream = models.CharField(max_length=16)
    day = models.DateField()
    kind = models.CharField(max_length=64, blank=True)
    unit = models.CharField(max_length=32, blank=True)
    records = models.BigIntegerField()
    quantity = models.DecimalField(max_digits=38, decimal_places=9)
    #: what staff see of both: 0 below five records, and moved by five records or more
    shown_records = models.BigIntegerField(db_default=0)
    shown_quantity = models.DecimalField(max_digits=38, decimal_places=9, db_default=0)

    class Meta:
        verbose_name = _("connections by day")
        verbose_name_plural = _("connections by day")
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "stream", "day", "kind", "unit"], name="connections_dailytotal_once"
            )
        ]
        indexes = [models.Index(fields=["-day", "-id"], name="connections_daily_recent")]

    def __str__(self) -> str:
        return f"{self.stream} {self.day}"
