"""Versions of the privacy policy, who accepted them, what is announced, and the register of processors."""

from copy import copy
from datetime import date, datetime, timedelta
from typing import Any

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.translation import get_language, gettext as _gettext, gettext_lazy as _

from core.keyed_model import KeyedModel

from .countries import country_name

#: how long before a review is due the pages say so
SOON = timedelta(days=30)
#: how long before a processor comes, or what the public list says of it changes, everybody is told
NOTICE = timedelta(days=14)
#: what does not change without that notice; the worker alone writes it, on its day
NOTICED = ("name", "purpose", "country", "privacy_url")


class Lack(models.TextChoices):
    """What an entry of the register still owes; the promise P22 is broken by each."""

    CONTRACT = "contract", _("no contract")
    DUE_DILIGENCE = "due_diligence", _("no due diligence")
    REVIEW = "review", _("no date of a review")
    OVERDUE = "overdue", _("review overdue")


class ProcessorQuerySet(models.QuerySet["Processor"]):
    """The register."""

    def in_use(self) -> "ProcessorQuerySet":
        return self.filter(ended_at=None)


class Processor(models.Model):
    """A company that processes personal data for us; `slug` is its name in code and in the log.

    The first rows have names and purposes that are translated; what officers type is shown as they typed it. `pending`
    holds what was announced to change on the day `pending_on`.
    """

    slug = models.SlugField(max_length=63, primary_key=True)
    name = models.CharField(max_length=100)
    purpose = models.CharField(max_length=200)
    country = models.CharField(max_length=2, blank=True)
    contract = models.CharField(max_length=200, blank=True)
    contract_on = models.DateField(null=True)
    since_on = models.DateField()
    due_diligence_on = models.DateField(null=True)
    review_due_on = models.DateField(null=True)
    privacy_url = models.URLField(blank=True)
    ended_at = models.DateTimeField(null=True)
    pending = models.JSONField(null=True)
    pending_on = models.DateField(null=True)

    objects = ProcessorQuerySet.as_manager()

    class Meta:
        verbose_name = _("processor")
        verbose_name_plural = _("processors")
        ordering = ("name",)
        constraints = [
            models.CheckConstraint(
                condition=models.Q(privacy_url="") | models.Q(privacy_url__startswith="https://"),
                name="terms_processor_https",
            )
        ]

    def __str__(self) -> str:
        return self.slug

    @property
    def label(self) -> Any:
        """Return the name for pages."""
        return _(self.name)

    @property
    def purpose_label(self) -> Any:
        """Return the purpose for pages."""
        return _(self.purpose)

    @property
    def country_label(self) -> str:
        return country_name(self.country)

    def take_pending(self) -> list[str]:
        """Set what was announced to change, and return the names of these fields; nothing is saved."""
        pending = self.pending or {}
        fields = [name for name in NOTICED if name in pending]
        for name in fields:
            setattr(self, name, pending[name])
        self.pending = self.pending_on = None
        return fields

    def announced(self) -> "Processor":
        """Return it as it will be once what was announced takes effect."""
        coming = copy(self)
        coming.take_pending()
        return coming

    def lacks(self, today: date) -> list[Lack]:
        """Return what is missing or late; nothing once it has ended."""
        if self.ended_at:
            return []
        found = {
            Lack.CONTRACT: not self.contract_on,
            Lack.DUE_DILIGENCE: not self.due_diligence_on,
            Lack.REVIEW: not self.review_due_on,
            Lack.OVERDUE: self.review_due_on is not None and self.review_due_on < today,
        }
        return [lack for lack, is_there in found.items() if is_there]

    def is_due_soon(self, today: date) -> bool:
        """Return whether the next review is due within the month."""
        return not self.ended_at and self.review_due_on is not None and today <= self.review_due_on <= today + SOON


class ProcessingRecord(Processor):
    """Gives the record of processing its page on the staff site: it is made from declarations and has no table."""

    class Meta:
        proxy = True
        verbose_name = _("record of processing")
        verbose_name_plural = _("record of processing")


class RetentionReport(Processor):
    """Gives the records past their rule a page on the staff site: it is made from the log and has no table."""

    class Meta:
        proxy = True
        verbose_name = _("retention")
        verbose_name_plural = _("retention")


class TransferRegister(Processor):
    """Gives the register of transfers a page on the staff site: it is made from the log and has no table."""

    class Meta:
        proxy = True
        verbose_name = _("register of transfers")
        verbose_name_plural = _("register of transfers")


class Draft(KeyedModel):
    """What one person writes and another lets out."""

    writers = ArrayField(models.CharField(max_length=32))
    written_at = models.DateTimeField()

    class Meta:
        abstract = True

    @property
    def out_at(self) -> datetime | None:
        """Return when it was let out; nothing of it changes from then on."""
        raise NotImplementedError

    @property
    def state(self) -> str:
        """Return what changes with each change of the draft: whoever lets it out names what they read."""
        return f"{self.written_at.timestamp():.6f}"


class PolicyVersionQuerySet(models.QuerySet["PolicyVersion"]):
    """Versions of the policy."""

    def published(self) -> "PolicyVersionQuerySet":
        """Return those that are public, newest first."""
        return self.filter(published_at__isnull=False).order_by("-effective_on")

    def current(self, today: date) -> "PolicyVersionQuerySet":
        """Return the version that is in force on a day and those that follow, newest first."""
        in_force = self.in_force(today)
        return self.published().filter(effective_on__gte=in_force.effective_on if in_force else today)

    def in_force(self, today: date) -> "PolicyVersion | None":
        """Return the version that is in force on a day, of UTC."""
        return self.published().filter(effective_on__lte=today).first()


class PolicyVersion(Draft):
    """One version of the policy, in Markdown; published, it stays as it is (a trigger keeps it).

    `writers` are the references of everybody who wrote in the draft: none of them publishes it.
    """

    effective_on = models.DateField()
    text_en = models.TextField()
    text_ar = models.TextField(blank=True)
    summary_en = models.CharField(max_length=500)
    summary_ar = models.CharField(max_length=500, blank=True)
    #: going on using the service is no acceptance: each person is asked
    must_accept = models.BooleanField(default=False, db_default=False)
    published_at = models.DateTimeField(null=True)
    published_by = models.CharField(max_length=32, blank=True)

    objects = PolicyVersionQuerySet.as_manager()

    class Meta:
        verbose_name = _("version of the policy")
        verbose_name_plural = _("privacy policy")
        constraints = [
            models.UniqueConstraint(
                fields=["effective_on"], condition=models.Q(published_at__isnull=False), name="terms_policy_one_a_day"
            )
        ]

    @property
    def out_at(self) -> datetime | None:
        return self.published_at

    def text(self, language: str) -> str:
        """Return the Markdown in a language, in English where there is no other."""
        return (self.text_ar if language == "ar" else "") or self.text_en

    @property
    def name(self) -> str:
        """Return what it is called, in the reader's language."""
        return _gettext("Version of %(day)s") % {"day": self.effective_on.isoformat()}

    @property
    def summary(self) -> str:
        """Return what is new, in the reader's language."""
        return (self.summary_ar if get_language() == "ar" else "") or self.summary_en


class Acceptance(KeyedModel):
    """That a person accepted a version of the policy, once: how, when, and by what.

    `cause` is `request:<id>` for what the person did here, or `<stream>:<record>` for activity that the platform sent.
    No key cascades: a version that somebody accepted is published, and the database keeps it. Who went on using it
    may close the band that says so: `seen_at` is when.
    """

    class How(models.TextChoices):
        SIGN_UP = "sign_up", _("by creating the account")
        CONTINUED = "continued", _("by going on using the service")
        EXPLICIT = "explicit", _("by saying so")

    subject = models.CharField(max_length=32)
    version = models.ForeignKey(PolicyVersion, on_delete=models.DO_NOTHING)
    how = models.CharField(max_length=9, choices=How.choices)
    cause = models.CharField(max_length=80)
    recorded_at = models.DateTimeField()
    seen_at = models.DateTimeField(null=True)

    class Meta:
        constraints = [models.UniqueConstraint(fields=["subject", "version"], name="terms_acceptance_once")]


class AnnouncementKind(models.TextChoices):
    """What an announcement is about."""

    POLICY = "policy", _("new version of the policy")
    PROCESSORS = "processors", _("change of the processors")
    SECURITY = "security", _("security")
    SERVICE = "service", _("change of the service")


#: kinds that people write; the others come with what they are about
WRITTEN_KINDS = (AnnouncementKind.SECURITY, AnnouncementKind.SERVICE)


class Announcement(Draft):
    """A letter to everybody, or to the people of some apps, written once to each by the worker.

    That of a new `version` says what the version says is new, that of a `processor` what the register says from the day
    `effective_on` on; others bring their own title and text. `position` is the id of the last person whom the worker
    came to, None before it begins and once it is through, at `finished_at`.
    """

    kind = models.CharField(max_length=10, choices=AnnouncementKind.choices)
    version = models.OneToOneField(PolicyVersion, on_delete=models.DO_NOTHING, null=True)
    processor = models.ForeignKey(Processor, on_delete=models.PROTECT, null=True)
    effective_on = models.DateField(null=True)
    title_en = models.CharField(max_length=150, blank=True)
    title_ar = models.CharField(max_length=150, blank=True)
    text_en = models.TextField(blank=True)
    text_ar = models.TextField(blank=True)
    apps = ArrayField(models.UUIDField(), default=list)
    released_at = models.DateTimeField(null=True)
    released_by = models.CharField(max_length=32, blank=True)
    position = models.UUIDField(null=True)
    finished_at = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("announcement")
        verbose_name_plural = _("announcements")
        ordering = ("-written_at",)
        constraints = [
            # One member of staff alone releases what is about a processor: it holds no text of theirs.
            models.CheckConstraint(
                condition=~models.Q(kind="processors") & models.Q(processor=None, effective_on=None)
                | models.Q(
                    kind="processors",
                    processor__isnull=False,
                    effective_on__isnull=False,
                    version=None,
                    title_en="",
                    title_ar="",
                    text_en="",
                    text_ar="",
                    apps=[],
                ),
                name="terms_announcement_of_processor",
            )
        ]

    @property
    def name(self) -> str:
        """Return what it is called, in the reader's language."""
        if self.version:
            return self.version.name
        return str(self.processor.label if self.processor else self.title(get_language() or "en"))

    @property
    def out_at(self) -> datetime | None:
        return self.released_at

    @property
    def case(self) -> str:
        """Return the reference by which its letters name it."""
        return self.pk.hex

    def title(self, language: str) -> str:
        """Return the title in a language."""
        return (self.title_ar if language == "ar" else "") or self.title_en

    def text(self, language: str) -> str:
        """Return the text in a language."""
        return (self.text_ar if language == "ar" else "") or self.text_en
