"""What every stream of the platform fills: records that are restricted, and the daily totals that staff may see."""

from django.db import models
from django.db.models import Sum

from core import db
from core.keyed_model import KeyedModel


class PlatformRecord(KeyedModel):
    """One record of a platform stream: `id` is the platform's, `subject` the person's reference.

    `sealed`, where there is one, is a JSON object encrypted under the subject's key.
    """

    id = models.UUIDField(primary_key=True, editable=False)
    subject = models.CharField(max_length=32)
    occurred_at = models.DateTimeField()

    class Meta:
        abstract = True
        indexes = [models.Index(fields=["subject", "occurred_at", "id"], name="%(app_label)s_%(class)s_of")]


class DailyTotal(models.Model):
    """Sums by day of one person's stream. Only triggers write them, and staff read them through a function alone.

    `kind` is the resource, the metric's name, the level, the provider or the outcome; `quantity` the sum of what is
    measured (of application logs: bytes).
    """

    subject = models.CharField(max_length=32)
    stream = models.CharField(max_length=16)
    day = models.DateField()
    kind = models.CharField(max_length=64, blank=True)
    unit = models.CharField(max_length=32, blank=True)
    records = models.BigIntegerField()
    quantity = models.DecimalField(max_digits=38, decimal_places=9)
    #: what staff see of both: 0 below five records, updated only by five records or more at a time
    shown_records = models.BigIntegerField(db_default=0)
    shown_quantity = models.DecimalField(max_digits=38, decimal_places=9, db_default=0)

    class Meta:
        abstract = True
        constraints = [
            models.UniqueConstraint(
                fields=["subject", "stream", "day", "kind", "unit"], name="%(app_label)s_dailytotal_once"
            )
        ]

    def __str__(self) -> str:
        return f"{self.stream} {self.day}"

    @classmethod
    def count_records(cls, stream: str, reference: str) -> int:
        """Return how many records of a stream a person has; no restricted row is read."""
        with db.row_security_for(reference):
            totals = cls._default_manager.filter(subject=reference, stream=stream)
            return int(totals.aggregate(total=Sum("records"))["total"] or 0)
