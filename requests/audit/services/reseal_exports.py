"""Seal the keys of kept archives anew when the key-encryption key changes."""

from collections.abc import Iterator

from audit import sides
from audit.models import Export
from vault.errors import SealBrokenError
from vault.services import reseal_secret


def reseal_exports() -> Iterator[bool | None]:
    """Go through every export; yields as `vault.ports.SecretHolder` says."""
    with sides.acting("worker"):
        for export in list(Export.objects.exclude(sealed_key=b"").order_by("pk").only("pk", "sealed_key")):
            sealed = bytes(export.sealed_key)
            try:
                fresh = reseal_secret(export.key_context, sealed)
            except SealBrokenError:
                yield None
                continue
            kept = Export.objects.filter(pk=export.pk, sealed_key=sealed)
            yield fresh is not None and bool(kept.update(sealed_key=fresh))
