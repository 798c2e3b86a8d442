"""What most rows have in common: a random number, by which they are called."""

import uuid

from django.db import models


class KeyedModel(models.Model):
    """A row with a random number."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return str(self.pk)

    @property
    def encryption_context(self) -> str:
        """Return what the ciphertext in `sealed` is bound to: moved to another row it does not decrypt."""
        return f"{self._meta.db_table}.sealed:{self.pk}"
