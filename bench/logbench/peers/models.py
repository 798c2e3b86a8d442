"""One audited thing for each peer, as wide as an entry."""

import uuid

from auditlog.registry import auditlog
from django.db import models
from simple_history.models import HistoricalRecords


class Thing(models.Model):
    """What an application would log about: an actor, an event, a subject, and a text of a leaf's length."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4)
    time = models.DateTimeField()
    actor = models.TextField()
    event = models.TextField()
    subject = models.TextField()
    text = models.TextField()

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return self.event


class Audited(Thing):
    """Watched by django-auditlog."""


class Remembered(Thing):
    """Watched by django-simple-history."""

    history = HistoricalRecords()


class Plain(Thing):
    """Watched by nobody: what the ORM itself costs."""


auditlog.register(Audited)


class LoggedEntry(models.Model):
    """The office's own entries, as an export by somebody else's library sees them."""

    id = models.UUIDField(primary_key=True)
    time = models.DateTimeField()
    actor = models.TextField()
    event = models.TextField()
    outcome = models.TextField()
    subject = models.TextField(null=True)
    case_ref = models.TextField(null=True)

    class Meta:
        managed = False
        db_table = "audit_entry"

    def __str__(self) -> str:
        return str(self.id)
