"""Where an export's files lie: in the configured storage, each encrypted under a key of its own, whole or not."""

import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from uuid import uuid4

from django.core.files.base import File
from django.core.files.storage import default_storage

from audit.models import Export
from vault.sealing import derived_key
from vault.services import open_secret
from vault.streams import DecryptingReader, EncryptingWriter


class ExportFiles:
    """The files of one export; their names are random, and each key is derived from its name."""

    def __init__(self, export: Export) -> None:
        self._folder = f"audit/exports/{export.pk}"
        self._export = export

    def _key(self, name: str) -> bytes:
        master = open_secret(self._export.key_context, bytes(self._export.sealed_key))
        return derived_key(master, name.rpartition("/")[2])

    def save(self, chunks: Iterable[bytes], storing: Callable[[int], None]) -> str:
        """Store a file and return its name; of one that fails half-way nothing stays.

        Ciphertext is spooled into a nameless local file first: a storage may read from threads of its own, where
        no side of the house acts. `storing` is told the bytes that it is about to be given.
        """
        name = f"{self._folder}/{uuid4().hex}"
        with tempfile.TemporaryFile() as spool:
            writer = EncryptingWriter(spool, self._key(name))
            for chunk in chunks:
                writer.write(chunk)
            writer.close()
            storing(spool.tell())
            spool.seek(0)
            try:
                kept = default_storage.save(name, File(spool))
            except BaseException:
                with suppress(Exception):  # the first error is the one to tell
                    default_storage.delete(name)
                raise
        if kept != name:
            raise OSError("the storage gave a file another name")
        return name

    def open(self, name: str) -> DecryptingReader:
        """Open a file for reading any range of it; raises OSError where it is missing, SealBrokenError when changed."""
        return DecryptingReader(default_storage.open(name), self._key(name))  # type: ignore[arg-type]

    def clear(self, *, keep: Iterable[str] = ()) -> None:
        """Delete every file but those to keep, also what a worker that died has left."""
        kept = {name.rpartition("/")[2] for name in keep}
        try:
            _, names = default_storage.listdir(self._folder)
        except FileNotFoundError:
            return
        for name in names:
            if name not in kept:
                default_storage.delete(f"{self._folder}/{name}")
        if not kept:
            default_storage.delete(self._folder)
