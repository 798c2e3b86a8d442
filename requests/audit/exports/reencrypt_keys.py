"""Re-encrypt the keys of kept archives when the key-encryption key changes."""

from collections.abc import Iterator

from core import db
from core.errors import DecryptionError
from vault.services import reencrypt_secret

from .models import Export


def reencrypt_exports() -> Iterator[bool | None]:
    """Re-encrypt the key of every export; yields as `vault.ports.SecretHolder` says."""
    with db.use_role("worker"):
        for export in list(Export.objects.exclude(sealed_key=b"").order_by("pk").only("pk", "sealed_key")):
            sealed = bytes(export.sealed_key)
            try:
                fresh = reencrypt_secret(export.key_context, sealed)
            except DecryptionError:
                yield None
                continue
            kept = Export.objects.filter(pk=export.pk, sealed_key=sealed)
            yield fresh is not None and bool(kept.update(sealed_key=fresh))
