"""The log's tables as Django reads them; SQL in `schema` creates them, services write them."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Entry(models.Model):
    """One line of the log: the leaf's bytes are the truth, the other columns are for search."""

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
        verbose_name_plural = _("entries")

    def __str__(self) -> str:
        return str(self.id)


class Disclosure(models.Model):
    """What is personal in one entry, sealed together under the key of one holder; erasable."""

    pk = models.CompositePrimaryKey("entry", "holder")
    entry = models.UUIDField()
    holder = models.TextField()
    sealed = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_disclosure"

    def __str__(self) -> str:
        return str(self.entry)


class Leaf(models.Model):
    """One place in the tree."""

    index = models.BigIntegerField(primary_key=True)
    entry = models.UUIDField(unique=True)
    hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_leaf"

    def __str__(self) -> str:
        return str(self.index)


class Checkpoint(models.Model):
    """One signed size and root of the tree."""

    size = models.BigIntegerField(primary_key=True)
    root = models.BinaryField()
    note = models.TextField()
    signed_at = models.DateTimeField()

    class Meta:
        managed = False
        db_table = "audit_checkpoint"

    def __str__(self) -> str:
        return str(self.size)
