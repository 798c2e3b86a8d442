"""Legal processes and what is written about them."""

from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from cases.models import AssignedCase, CaseCounter, CaseNote

from .states import OPEN, ChallengeOutcome, DelayGround, Part, ProcessKind, ProcessState


class LegalProcess(AssignedCase):
    """What one authority demands of one person's data.

    Names and sentences are texts of `ProcessNote`. The person is told at once (`notified_at`), or when `delayed_until`
    comes, whether or not anybody records it: a delay without an end cannot be stored.
    """

    OPEN = OPEN

    kind = models.CharField(max_length=16, choices=ProcessKind.choices)
    country = models.CharField(max_length=2)
    state = models.CharField(max_length=16, choices=ProcessState.choices, default=ProcessState.RECEIVED)
    received_at = models.DateTimeField()
    due_at = models.DateTimeField()
    filed_by = models.CharField(max_length=32)
    filed_at = models.DateTimeField()
    document = models.CharField(max_length=120)
    document_key = models.BinaryField()
    document_type = models.CharField(max_length=32)
    document_bytes = models.PositiveIntegerField()
    document_sha256 = models.CharField(max_length=64)
    challenge_outcome = models.CharField(max_length=16, choices=ChallengeOutcome.choices, blank=True)
    #: names of data categories, and the days that the data may be of
    categories = models.JSONField(default=list)
    period_from = models.DateField(null=True)
    period_until = models.DateField(null=True)
    produced_at = models.DateTimeField(null=True)
    production_sha256 = models.CharField(max_length=64, blank=True)
    notified_at = models.DateTimeField(null=True)
    delay_ground = models.CharField(max_length=16, choices=DelayGround.choices, blank=True)
    delayed_until = models.DateTimeField(null=True)

    class Meta:
        verbose_name = _("legal process")
        verbose_name_plural = _("legal processes")
        constraints = [
            models.CheckConstraint(
                name="humanaccess_process_delay_ends",
                condition=Q(notified_at__isnull=False, delay_ground="", delayed_until__isnull=True)
                | (~Q(delay_ground="") & Q(delayed_until__isnull=False)),
            ),
            models.CheckConstraint(
                name="humanaccess_process_scope",
                condition=~Q(state__in=[ProcessState.SCOPE_AGREED, ProcessState.PRODUCED])
                | (Q(period_from__isnull=False, period_until__gte=models.F("period_from")) & ~Q(categories=[])),
            ),
            models.CheckConstraint(
                name="humanaccess_process_produced",
                condition=~Q(state=ProcessState.PRODUCED) | (Q(produced_at__isnull=False) & ~Q(production_sha256="")),
            ),
        ]
        indexes = [
            models.Index(fields=["due_at", "id"], name="humanaccess_process_due"),
            models.Index(fields=["received_at", "id"], name="humanaccess_process_received"),
            models.Index(fields=["subject", "-received_at"], name="humanaccess_process_of_subject"),
            models.Index(
                fields=["delayed_until"], condition=Q(notified_at__isnull=True), name="humanaccess_process_untold"
            ),
        ]

    @property
    def key_context(self) -> str:
        """Return the context that the encrypted key of the document is bound to."""
        return f"humanaccess_legalprocess.document_key:{self.pk}"

    def is_told(self, now: datetime) -> bool:
        """Return whether the person may see it: by the clock, before a sweep records that."""
        return self.notified_at is not None or (self.delayed_until is not None and self.delayed_until <= now)

    @property
    def due_on(self) -> date:
        """Return the last day on which it is in time, in UTC."""
        return (self.due_at - timedelta(days=1)).astimezone(UTC).date()


class _NoteManager(models.Manager[Any]):
    """Notes of staff, without the texts that belong to an act."""

    def get_queryset(self) -> models.QuerySet[Any]:
        return super().get_queryset().filter(part="")


class ProcessNote(CaseNote):
    """A text about a legal process, encrypted: `part` says which, empty for a note; only ever added."""

    request = models.ForeignKey(LegalProcess, on_delete=models.PROTECT, related_name="+")
    part = models.CharField(max_length=16, choices=[(part.value, part.value) for part in Part], blank=True)

    every = models.Manager["ProcessNote"]()
    objects = _NoteManager()

    class Meta(CaseNote.Meta):
        indexes = [models.Index(fields=["request", "written_at"], name="humanaccess_note_of_process")]


class ProcessCounter(CaseCounter):
    """The numbers of `LP-…`."""
