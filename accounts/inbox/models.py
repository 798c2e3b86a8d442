"""Letters: the subject line in clear text, the text encrypted under the recipient's key."""

from typing import Self

from django.db import models
from django.utils.translation import gettext_lazy as _

from core.keyed_model import KeyedModel

from .kinds import case_path, names_case


class MailState(models.TextChoices):
    """State of the copy by e-mail; the letter itself stays in the inbox whatever happens to its copy."""

    WAITING = "waiting", _("waiting to be mailed")
    SENT = "sent", _("mailed")
    FAILED = "failed", _("could not be mailed")


class LetterQuerySet(models.QuerySet["Letter"]):
    """Queries for letters; a user's own pages evaluate them in `db.row_security_for`."""

    def unread(self, reference: str) -> Self:
        """Return the letters that this person has not opened, newest first."""
        return self.filter(subject=reference, read_at__isnull=True)


class Letter(KeyedModel):
    """One letter to one data subject."""

    subject = models.CharField(max_length=32)
    kind = models.CharField(max_length=64)
    case_ref = models.CharField(max_length=32, blank=True)
    subject_line = models.CharField(max_length=200)
    sealed = models.BinaryField()
    written_at = models.DateTimeField()
    read_at = models.DateTimeField(null=True)
    mail_state = models.CharField(max_length=8, choices=MailState.choices, default=MailState.WAITING)
    mail_attempts = models.PositiveSmallIntegerField(default=0)
    mail_due_at = models.DateTimeField(null=True)

    objects = LetterQuerySet.as_manager()

    class Meta:
        ordering = ["-written_at", "-id"]
        indexes = [
            models.Index(fields=["subject", "-written_at", "-id"], name="inbox_letter_of_subject"),
            models.Index(fields=["case_ref", "subject"], condition=~models.Q(case_ref=""), name="inbox_letter_of_case"),
            models.Index(fields=["mail_due_at"], condition=models.Q(mail_state="waiting"), name="inbox_letter_to_mail"),
        ]

    def __str__(self) -> str:
        return self.subject_line

    @property
    def case_path(self) -> str:
        """Return the path of the recipient's page about its case, "" where there is none."""
        return case_path(self.kind, self.case_ref)

    @property
    def case_label(self) -> str:
        """Return the reference of its case, where that says something to a person."""
        return self.case_ref if names_case(self.kind) else ""

    @property
    def payload(self) -> dict[str, str | None]:
        """Return what every log entry about the letter says of it."""
        return {"case": self.case_ref or None, "kind": self.kind, "letter": str(self.pk)}
