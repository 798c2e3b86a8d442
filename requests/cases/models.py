"""What the tables of every kind of case share."""

from collections.abc import Collection
from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models

from core import db
from core.keyed_model import KeyedModel


class Case(KeyedModel):
    """One case about one person, whom `subject` names; `reference` is its name in pages, letters and the log.

    A subclass gives `state` its choices, and names the fields of the moments by which its queue sorts.
    """

    RECEIVED: ClassVar[str] = "received_at"
    DUE: ClassVar[str] = "due_at"
    #: the states of a case that is not settled
    OPEN: ClassVar[Collection[str]]

    reference = models.CharField(max_length=20, unique=True)
    subject = models.CharField(max_length=32)
    state = models.CharField(max_length=16)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.reference

    @property
    def is_open(self) -> bool:
        """Return whether the case is not settled yet."""
        return self.state in self.OPEN

    @property
    def received(self) -> datetime:
        """Return when the case began."""
        found: datetime = getattr(self, self.RECEIVED)
        return found

    @property
    def due(self) -> datetime:
        """Return by when it must be settled."""
        found: datetime = getattr(self, self.DUE)
        return found


class AssignedCase(Case):
    """A case that one member of staff holds at a time."""

    assignee = models.ForeignKey(settings.AUTH_USER_MODEL, null=True, on_delete=models.SET_NULL, related_name="+")

    class Meta:
        abstract = True


class CaseNote(KeyedModel):
    """A note of staff on a case, encrypted under the subject's key. A subclass adds `request`, the case."""

    subject = models.CharField(max_length=32)
    author = models.CharField(max_length=32)
    written_at = models.DateTimeField()
    sealed = models.BinaryField()

    class Meta:
        abstract = True
        ordering = ["written_at", "id"]


class CaseQuestion(KeyedModel):
    """A question of staff to the person whom a case is about, and their answer, both encrypted under the person's key.

    Closed without an answer, the work went on without one. A subclass adds `request`, the case.
    """

    subject = models.CharField(max_length=32)
    author = models.CharField(max_length=32)
    asked_at = models.DateTimeField()
    sealed = models.BinaryField()
    sealed_answer = models.BinaryField(null=True)
    closed_at = models.DateTimeField(null=True)

    class Meta:
        abstract = True
        ordering = ["asked_at", "id"]

    @property
    def answer_context(self) -> str:
        """Return the encryption context of the answer."""
        return f"{self._meta.db_table}.sealed_answer:{self.pk}"


class CaseCounter(models.Model):
    """The last number of each year's references; its row is locked until the case that took it commits."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.year)

    @classmethod
    def next_reference(cls, prefix: str, year: int) -> str:
        """Return the next reference, `PREFIX-2026-000001`, without gaps or duplicates."""
        table = cls._meta.db_table
        number = db.select_value(
            f"INSERT INTO {table} AS c (year, last) VALUES (%s, 1)"
            " ON CONFLICT (year) DO UPDATE SET last = c.last + 1 RETURNING last",
            [year],
        )
        return f"{prefix}-{year}-{number:06d}"
