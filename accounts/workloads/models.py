"""What a person runs and visits (apps, usage, metrics, commands, log lines, visits: restricted tables), and ingests."""

import uuid

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.personaldata.models import DailyTotal, PlatformRecord
from core.keyed_model import KeyedModel
from core.tokens import MachineToken


class App(PlatformRecord):
    """One deployed application, as of `occurred_at`; its name is encrypted."""

    provider = models.CharField(max_length=64)
    region = models.CharField(max_length=64)
    sealed = models.BinaryField()


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


class Command(PlatformRecord):
    """One `omega run …`; its text is encrypted."""

    app = models.UUIDField(null=True)
    sealed = models.BinaryField()


class LogLine(PlatformRecord):
    """One line that an app logged; its text is encrypted."""

    app = models.UUIDField()
    level = models.CharField(max_length=8)
    sealed = models.BinaryField()

    class Meta:
        indexes = [models.Index(fields=["subject", "app", "occurred_at", "id"], name="workloads_logline_of")]


class WebVisit(PlatformRecord):
    """One request of a signed-in account to omegacloud.ai's own web server; all that it tells is encrypted."""

    sealed = models.BinaryField()

    class Meta(PlatformRecord.Meta):
        verbose_name = verbose_name_plural = _("Web log")


class WorkloadsDailyTotal(DailyTotal):
    """Sums by day of one person's apps, usage, metrics, commands, application logs and visits."""

    class Meta(DailyTotal.Meta):
        db_table = "workloads_dailytotal"
        verbose_name = _("workloads by day")
        verbose_name_plural = _("workloads by day")
        indexes = [
            models.Index(fields=["-day", "-id"], name="workloads_dailytotal_recent"),
            # the nightly sweep of what is past its rule, oldest first
            models.Index(fields=["stream", "day", "subject"], name="workloads_dailytotal_stream"),
        ]


class Ingest(KeyedModel):
    """One ingest of a file or a request's body; without `ended_at` it was interrupted, and may be sent again."""

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


class SetAsideLine(models.Model):
    """A line that could not be stored: its number and the rule that it broke, never its content.

    `digest` is keyed, so that the line cannot be guessed from it. Number and digest identify a line that was set
    aside before.
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


class OrderKind(models.TextChoices):
    """What the platform is ordered to do about a person."""

    ERASE = "erase", _("erase")
    CORRECT = "correct", _("correct")
    RESTRICT = "restrict", _("restrict")
    LIFT = "lift", _("lift a restriction or an objection")
    OBJECT = "object", _("stop what was objected to")
    DROP_CACHE = "drop_cache", _("drop what is cached from Google")


class PlatformOrder(KeyedModel):
    """One order to the platform about a person, and its answer; `app` is null for everything of theirs.

    A trigger sets `number`, which follows the order of commits, and `apps`: those that the person had when it was made.
    Rows stay after the person, as proof of what was ordered and answered.
    """

    number = models.BigIntegerField(unique=True, default=0)
    subject = models.CharField(max_length=32)
    kind = models.CharField(max_length=16, choices=OrderKind.choices)
    app = models.UUIDField(null=True)
    apps = ArrayField(models.UUIDField(), default=list)
    #: the data categories that it is about; none for all of them
    categories = ArrayField(models.CharField(max_length=64), default=list, db_default=[])
    case_ref = models.CharField(max_length=16, blank=True)
    created_at = models.DateTimeField()
    fetched_at = models.DateTimeField(null=True)
    answered_at = models.DateTimeField(null=True)
    #: the service token that answered
    answered_by = models.UUIDField(null=True)
    #: the answer: a list of {"app", "provider", "outcome", "code", "data", "logs", "backups_until"}, by app
    receipt = models.JSONField(null=True)
    #: the answer to an order that is about no apps
    outcome = models.CharField(max_length=16, blank=True, default="", db_default="")
    #: when the apps above acted on the answer
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject", "number"], name="workloads_order_of"),
            models.Index(
                fields=["created_at"],
                condition=models.Q(answered_at__isnull=True),
                name="workloads_order_open",
            ),
            models.Index(
                fields=["answered_at"],
                condition=models.Q(answered_at__isnull=False, settled_at__isnull=True),
                name="workloads_order_unsettled",
            ),
        ]


class TerminatedApp(models.Model):
    """An app that has ended at the platform: what is held of it is erased, and lines about it are set aside."""

    app = models.UUIDField(primary_key=True)
    subject = models.CharField(max_length=32)
    terminated_at = models.DateTimeField()
    #: when nothing was left of it; before that, none of it is on hold any more
    settled_at = models.DateTimeField(null=True)

    class Meta:
        indexes = [
            models.Index(fields=["subject"], name="workloads_ended_of"),
            models.Index(
                fields=["terminated_at"], condition=models.Q(settled_at__isnull=True), name="workloads_ended_unsettled"
            ),
        ]

    def __str__(self) -> str:
        return str(self.app)


class AnalyticsProvider(models.TextChoices):
    """Providers of analytics that know people by a pseudonym."""

    MIXPANEL = "mixpanel", "Mixpanel"


class Pseudonym(KeyedModel):
    """The random name by which one provider of analytics knows a person; nothing leads from one to the other but this.

    It goes with the person, as the last of what is erased: until then it is needed to erase what the provider holds.
    """

    subject = models.CharField(max_length=32)
    provider = models.CharField(max_length=16, choices=AnalyticsProvider.choices)
    value = models.CharField(max_length=32, unique=True)
    made_at = models.DateTimeField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["subject", "provider"], name="workloads_pseudonym_once"),
            models.CheckConstraint(
                name="workloads_pseudonym_random", condition=models.Q(value__regex="^[0-9a-f]{32}$")
            ),
        ]


class ServiceToken(MachineToken):
    """A token of the platform: to post streams, take orders, fetch pseudonyms, end apps and redeem codes, as its
    scopes say."""

    PREFIX = "omega_svc_"
    SCOPES = ("ingest", "orders", "pseudonyms", "apps", "reads", "tokens")

    scopes = ArrayField(models.CharField(max_length=32), verbose_name=_("scopes"))

    class Meta(MachineToken.Meta):
        verbose_name = _("service token")
        verbose_name_plural = _("service tokens")
