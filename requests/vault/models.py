"""The subjects' wrapped keys, in a database of their own."""

from django.db import models


class SubjectKey(models.Model):
    """One data subject's key, wrapped by the key-encryption key; a tombstone once the key was destroyed."""

    reference = models.CharField(max_length=32, primary_key=True)
    wrapped = models.BinaryField(null=True)
    kek_id = models.CharField(max_length=16)
    version = models.PositiveSmallIntegerField(default=1)
    created_at = models.DateTimeField()
    shredded_at = models.DateTimeField(null=True)

    class Meta:
        db_table = "vault_subject_key"
        constraints = [
            models.CheckConstraint(
                name="vault_key_or_tombstone",
                condition=models.Q(wrapped__isnull=False, shredded_at__isnull=True)
                | models.Q(wrapped__isnull=True, shredded_at__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.reference
