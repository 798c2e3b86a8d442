"""Files at rest, in the default storage: each encrypted under a key of its own, whole or not there at all."""

import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from hashlib import sha256
from typing import NamedTuple

from django.core.files.base import File
from django.core.files.storage import default_storage

from .files import DecryptingReader, EncryptingWriter


class EncryptedFile(NamedTuple):
    """A stored file: its name in the storage; size in bytes and SHA-256 (hex) of its plaintext."""

    name: str
    size: int
    sha256: str


def store_file(name: str, key: bytes, chunks: Iterable[bytes], *, storing: Callable[[int], None]) -> EncryptedFile:
    """Encrypt plaintext into the storage. Of a file that fails half-way nothing stays.

    Ciphertext is spooled into a nameless local file first: a storage may read from threads of its own, which have no
    database role. `storing` is called with the number of bytes that the storage is about to get.
    """
    digest = sha256()
    with tempfile.TemporaryFile() as spool:
        writer = EncryptingWriter(spool, key)
        for chunk in chunks:
            digest.update(chunk)
            writer.write(chunk)
        writer.close()
        storing(spool.tell())
        spool.seek(0)
        try:
            kept = default_storage.save(name, File(spool))
        except BaseException:
            with suppress(Exception):  # the first error is the one to report
                default_storage.delete(name)
            raise
    if kept != name:
        raise OSError("The storage gave a file another name.")
    return EncryptedFile(name, writer.size, digest.hexdigest())


def open_file(name: str, key: bytes) -> DecryptingReader:
    """Open a file for reading any range of it; raises OSError where it is missing, DecryptionError when changed."""
    return DecryptingReader(default_storage.open(name), key)  # type: ignore[arg-type]


def delete_file(name: str) -> None:
    """Delete a stored file; one that is gone already, and no name, are fine."""
    if name:
        default_storage.delete(name)
