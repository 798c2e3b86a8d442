"""Deliveries of checkpoints outside the database."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from audit.log.labels import CONTRADICTIONS


class DeliveryState(models.TextChoices):
    """Whether a delivery still waits."""

    WAITING = "waiting", _("waiting")
    DELIVERED = "delivered", _("delivered")


class Delivery(models.Model):
    """A checkpoint that waits for one destination, witness or authority, or was delivered to it.

    At most one row of each target waits: its size grows with the log, so that a target that was unreachable gets only
    the newest checkpoint.
    """

    place = models.CharField(max_length=300)
    size = models.BigIntegerField()
    state = models.CharField(max_length=16, choices=DeliveryState, default=DeliveryState.WAITING)
    attempts = models.PositiveIntegerField(default=0)
    queued_at = models.DateTimeField()
    due_at = models.DateTimeField()
    delivered_at = models.DateTimeField(null=True)
    #: why the last attempt failed, as a sentence without credentials
    error = models.CharField(max_length=300, blank=True)
    #: in what way the target contradicts the log, until it accepts a checkpoint again; `error` has the details
    contradiction = models.CharField(max_length=10, blank=True, default="", choices=CONTRADICTIONS, db_default="")

    class Meta:
        verbose_name_plural = _("deliveries")
        constraints = [
            models.UniqueConstraint(
                fields=["place"], condition=models.Q(state="waiting"), name="audit_delivery_one_waits"
            )
        ]
        indexes = [models.Index(fields=["place", "state", "-size"], name="audit_delivery_newest")]

    def __str__(self) -> str:
        return f"{self.place} {self.size}"
