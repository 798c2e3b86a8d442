"""The files of exports: encrypted, in the default storage; their keys are machine secrets."""

from collections.abc import Callable, Iterable, Iterator
from uuid import uuid4

from django.core.files.storage import default_storage

from core import db
from core.encrypted_files import EncryptedFile, delete_file, open_file, store_file
from core.errors import DecryptionError
from core.files import DecryptingReader
from vault.aead import derived_key
from vault.services import decrypt_secret, reencrypt_secret

from .models import Export


class ExportFiles:
    """Files of random names in a folder of the export's own; the key of each is derived from its name."""

    def __init__(self, export: Export) -> None:
        self._folder = f"audit/exports/{export.pk}"
        self._export = export

    def _key(self, name: str) -> bytes:
        master = decrypt_secret(self._export.key_context, bytes(self._export.sealed_key))
        return derived_key(master, name.rpartition("/")[2])

    def save(self, chunks: Iterable[bytes], storing: Callable[[int], None]) -> EncryptedFile:
        """Store a file under a new name."""
        name = f"{self._folder}/{uuid4().hex}"
        return store_file(name, self._key(name), chunks, storing=storing)

    def open(self, name: str) -> DecryptingReader:
        """Open a file for reading; raises OSError where it is missing, DecryptionError when changed."""
        return open_file(name, self._key(name))

    def clear(self, *, keep: Iterable[str] = ()) -> None:
        """Delete every file but those to keep, also what a worker that died has left."""
        kept = {name.rpartition("/")[2] for name in keep}
        try:
            _, names = default_storage.listdir(self._folder)
        except FileNotFoundError:
            return
        for name in names:
            if name not in kept:
                delete_file(f"{self._folder}/{name}")
        if not kept:
            delete_file(self._folder)


def reencrypt_exports() -> Iterator[bool | None]:
    """Re-encrypt the key of every export; yields as `vault.ports.SecretHolder` says."""
    with db.use_role("worker"):
        for export in list(Export.objects.exclude(sealed_key=b"").order_by("pk").only("pk", "sealed_key")):
            stored = bytes(export.sealed_key)
            try:
                reencrypted = reencrypt_secret(export.key_context, stored)
            except DecryptionError:
                yield None
                continue
            kept = Export.objects.filter(pk=export.pk, sealed_key=stored)
            yield reencrypted is not None and bool(kept.update(sealed_key=reencrypted))
