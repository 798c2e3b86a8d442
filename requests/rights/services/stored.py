"""Files at rest: written whole and encrypted, or not at all."""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from typing import IO, Any, Self

from django.core.files.base import File
from django.core.files.storage import default_storage

from rights.models import Step
from rights.states import Verb
from vault.services import seal
from vault.streams import EncryptingWriter, new_file_key

_FOLDERS = {Verb.EXPORT.value: "parts", Verb.ASSEMBLE.value: "packages"}


def file_name(step: Step, attempt: int) -> str:
    """Return where an attempt puts its file: each its own, so that a late one overwrites nothing."""
    return f"rights/{_FOLDERS[step.verb]}/{step.pk}-{attempt}"


class Sink:
    """Takes plaintext, keeps its digest and size, and spools ciphertext into a nameless local file.

    Nothing reaches the storage before `store`; a process that dies leaves nothing behind at all.
    """

    def __init__(self, spool: IO[Any]) -> None:
        self._spool = spool
        self._digest = sha256()
        self._key = new_file_key()
        self._writer = EncryptingWriter(spool, self._key)  # type: ignore[arg-type]

    def write(self, data: bytes) -> None:
        """Take more plaintext."""
        self._digest.update(data)
        self._writer.write(data)

    @property
    def size(self) -> int:
        """Return the bytes of plaintext taken so far."""
        return self._writer.size

    @property
    def sha256(self) -> str:
        """Return the digest of the plaintext taken so far, as hex."""
        return self._digest.hexdigest()

    def sealed_key(self, reference: str, context: str) -> bytes:
        """Return the file's key, sealed under the subject's."""
        return seal(reference, context, self._key)

    def store(self, name: str) -> str:
        """End the file and hand it to the storage; return the name that it got."""
        self._writer.close()
        self._spool.seek(0)
        return default_storage.save(name, File(self._spool))

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._spool.close()


@contextmanager
def sink() -> Iterator[Sink]:
    """Open a place to write one file."""
    with tempfile.TemporaryFile() as spool:
        yield Sink(spool)


def remove_stored(name: str) -> None:
    """Delete a stored file; one that is gone already is fine."""
    if name:
        default_storage.delete(name)
