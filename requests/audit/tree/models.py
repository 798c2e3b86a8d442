"""Stored leaves, signed checkpoints, and what others signed over them."""

from django.db import models


class Leaf(models.Model):
    """One leaf of the tree: `index` counts from 0."""

    index = models.BigIntegerField(primary_key=True)
    entry = models.UUIDField(unique=True)
    hash = models.BinaryField()

    class Meta:
        managed = False
        db_table = "audit_leaf"

    def __str__(self) -> str:
        return str(self.index)


class StoredCheckpoint(models.Model):
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


class Cosignature(models.Model):
    """A witness's signature over one checkpoint; verified before it was stored."""

    size = models.BigIntegerField()
    witness = models.CharField(max_length=300)
    key_id = models.CharField(max_length=8)
    #: the witness's own clock
    signed_at = models.DateTimeField()
    #: the signature line of the note, without its newline
    line = models.TextField()

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["size", "witness", "key_id"], name="audit_cosignature_once"),
        ]
        indexes = [models.Index(fields=["witness", "key_id", "-size"], name="audit_cosignature_newest")]

    def __str__(self) -> str:
        return f"{self.witness} {self.size}"


class TimeStamp(models.Model):
    """An authority's RFC 3161 time stamp over the note of one checkpoint; verified before it was stored."""

    size = models.BigIntegerField(unique=True)
    #: the authority's own clock
    stamped_at = models.DateTimeField()
    #: the answer, DER: `openssl ts -verify` reads it
    response = models.BinaryField()

    class Meta:
        db_table = "audit_time_stamp"

    def __str__(self) -> str:
        return str(self.size)
