"""Entries, their encrypted personal fields, and failures of sweeps."""

from django.db import models
from django.db.models import F, Func, TextField
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One entry: the leaf's bytes are authoritative, the other columns are for search."""

    id = models.UUIDField(primary_key=True)
    leaf = models.BinaryField()
    time = models.DateTimeField()
    actor = models.TextField()
    event = models.TextField()
    outcome = models.TextField()
    subject = models.TextField(null=True)
    case_ref = models.TextField(null=True)

    class Meta:
        managed = False
        db_table = "audit_entry"
        ordering = ["-id"]
        verbose_name_plural = _("log entries")

    def __str__(self) -> str:
        return str(self.id)


def payload_field(field: str) -> Func:
    """Return a field of the leaf's payload, as text; no column copies the payload."""
    return Func(
        F("leaf"),
        template=f"(convert_from(%(expressions)s, 'UTF8')::jsonb #>> '{{payload,{field}}}')",
        output_field=TextField(),
    )


class Disclosure(models.Model):
    """An entry's personal fields of one holder, encrypted together under the holder's key; erasable."""

    pk = models.CompositePrimaryKey("entry", "holder")
    entry = models.UUIDField()
    holder = models.TextField()
    sealed = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_disclosure"

    def __str__(self) -> str:
        return str(self.entry)


class SweepFailure(models.Model):
    """An item of a sweep that failed, and when it is tried again; deleted once done or no longer due."""

    sweep = models.CharField(max_length=32)
    item = models.CharField(max_length=64)
    tries = models.PositiveIntegerField(default=0)
    #: the class of the last exception, whose text may be personal
    error = models.CharField(max_length=64)
    due_at = models.DateTimeField()

    class Meta:
        db_table = "audit_sweep_failure"
        constraints = [models.UniqueConstraint(fields=["sweep", "item"], name="audit_sweep_failure_once")]

    def __str__(self) -> str:
        return f"{self.sweep} {self.item}"
