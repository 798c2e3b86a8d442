"""What a person runs: apps, usage, metrics, commands and log lines. Every one of these tables is gated."""

from django.db import models


class PlatformRecord(models.Model):
    """One record of a platform stream: `id` is the platform's, `subject` the person's reference.

    `sealed`, where there is one, is a JSON object under the subject's key.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    subject = models.CharField(max_length=32)
    occurred_at = models.DateTimeField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.id)


class App(PlatformRecord):
    """One deployed application, as of `occurred_at`; its name is sealed."""

    provider = models.CharField(max_length=64)
    region = models.CharField(max_length=64)
    sealed = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["subject", "occurred_at", "id"], name="workloads_app_of")]


class UsageRecord(PlatformRecord):
    """One measured use of a resource."""

    app = models.UUIDField(null=True)
    resource = models.CharField(max_length=64)
    quantity = models.DecimalField(max_digits=24, decimal_places=6)
    unit = models.CharField(max_length=32)

    class Meta:
        indexes = [models.Index(fields=["subject", "occurred_at", "id"], name="workloads_usage_of")]


class Metric(PlatformRecord):
    """One measurement of how an app performs."""

    app = models.UUIDField(null=True)
    name = models.CharField(max_length=64)
    value = models.FloatField()
    unit = models.CharField(max_length=32)

    class Meta:
        indexes = [models.Index(fields=["subject", "occurred_at", "id"], name="workloads_metric_of")]


class Command(PlatformRecord):
    """One `omega run …`; its text is sealed."""

    app = models.UUIDField(null=True)
    sealed = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["subject", "occurred_at", "id"], name="workloads_command_of")]


class LogLine(PlatformRecord):
    """One line that an app logged; its text is sealed."""

    app = models.UUIDField()
    level = models.CharField(max_length=8)
    sealed = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["subject", "app", "occurred_at", "id"], name="workloads_logline_of")]


class DailyTotal(models.Model):
    """Sums by day of one person's stream: what staff may see without a grant. Kept by triggers, written by nobody else.

    `kind` is the resource, the metric's name, the level or the provider; `quantity` the sum of what is measured
    (for log lines: bytes).
    """

    subject = models.CharField(max_length=32)
    stream = models.CharField(max_length=16)
    day = models.DateField()
    kind = models.CharField(max_length=64, blank=True)
    unit = models.CharField(max_length=32, blank=True)
    records = models.BigIntegerField()
    quantity = models.DecimalField(max_digits=38, decimal_places=6)

    class Meta:
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "stream", "day", "kind", "unit"], name="workloads_dailytotal_once"
            )
        ]
        indexes = [models.Index(fields=["-day", "-id"], name="workloads_dailytotal_recent")]

    def __str__(self) -> str:
        return f"{self.stream} {self.day}"
