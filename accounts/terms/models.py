"""The register of processors: who processes personal data on the company's behalf. Nothing in it is about a person."""

from datetime import date, timedelta
from typing import Any

from django.db import models
from django.utils.translation import gettext_lazy as _

from .countries import country_name

#: how long before a review is due the pages say so
SOON = timedelta(days=30)


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

    The first rows have names and purposes that are translated; what officers type is shown as they typed it.
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
