"""What a person runs: apps, usage, metrics, commands, log lines, each gated; and how it comes in."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _


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
    quantity = models.DecimalField(max_digits=27, decimal_places=9)
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
    """Sums by day of one person's stream; staff see them by a function alone. Kept by triggers, written by nobody else.

    `kind` is the resource, the metric's name, the level or the provider; `quantity` the sum of what is measured
    (for log lines: bytes).
    """

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
        verbose_name = _("workloads by day")
        verbose_name_plural = _("workloads by day")
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "stream", "day", "kind", "unit"], name="workloads_dailytotal_once"
            )
        ]
        indexes = [models.Index(fields=["-day", "-id"], name="workloads_dailytotal_recent")]

    def __str__(self) -> str:
        return f"{self.stream} {self.day}"


class Ingest(models.Model):
    """One reading of a file or a request's body; without `ended_at` it was interrupted, and may be sent again."""

    id = models.UUIDField(_("number"), primary_key=True, default=uuid.uuid4, editable=False)
    source = models.CharField(_("source"), max_length=8, choices=[("file", "file"), ("api", "api")])
    token = models.UUIDField(null=True)
    began_at = models.DateTimeField(_("began"))
    ended_at = models.DateTimeField(_("ended"), null=True)
    lines = models.BigIntegerField(_("lines"), default=0)
    kept = models.BigIntegerField(_("kept"), default=0)
    known = models.BigIntegerField(_("kept before"), default=0)
    set_aside = models.BigIntegerField(default=0)
    digest = models.CharField(max_length=64, blank=True)

    class Meta:
        verbose_name = _("ingest")
        verbose_name_plural = _("ingests")
        indexes = [models.Index(fields=["-began_at", "-id"], name="workloads_ingest_recent")]

    def __str__(self) -> str:
        return str(self.id)


class SetAsideLine(models.Model):
    """A line that could not be kept: where it stood and which rule it broke, never what it said.

    `digest` is keyed, so that a line cannot be guessed from it; with its number it tells a line that was set
    aside before, which then keeps the ingest that saw it first.
    """

    ingest = models.UUIDField(_("ingest"))
    number = models.BigIntegerField(_("line"))
    field = models.CharField(_("field"), max_length=32, blank=True)
    rule = models.CharField(_("rule"), max_length=200)
    digest = models.BinaryField(max_length=16)

    class Meta:
        verbose_name = _("set-aside line")
        verbose_name_plural = _("set-aside lines")
        constraints = [models.UniqueConstraint(fields=["digest", "number"], name="workloads_setaside_once")]
        indexes = [models.Index(fields=["ingest", "number"], name="workloads_setaside_of")]

    def __str__(self) -> str:
        return f"{self.ingest}:{self.number}"


class ServiceToken(models.Model):
    """What the platform shows to post its streams. Only a hash of it is kept."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    name = models.CharField(_("name"), max_length=64)
    hash = models.BinaryField(max_length=32, unique=True)
    scopes = ArrayField(models.CharField(max_length=32), verbose_name=_("scopes"))
    made_at = models.DateTimeField(_("made"))
    expires_at = models.DateTimeField(_("expires"))
    used_at = models.DateTimeField(_("last used"), null=True)
    revoked_at = models.DateTimeField(_("revoked"), null=True)

    class Meta:
        verbose_name = _("service token")
        verbose_name_plural = _("service tokens")
        constraints = [
            models.UniqueConstraint(
                fields=["name"], condition=models.Q(revoked_at__isnull=True), name="workloads_servicetoken_name_once"
            )
        ]

    def __str__(self) -> str:
        return self.name
