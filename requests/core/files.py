"""Encrypted files of any size: 64 KiB chunks of AES-256-GCM under a key of the file's own. Plain Python.

The STREAM construction (Hoang, Reyhanitabar, Rogaway, Vizár 2015): each chunk's nonce is its number, its
associated data are the header, its number and whether it is the last, so chunks that were dropped, moved or cut off are
detected. A key serves one file only. A range is decrypted from the chunks it touches.
"""

import io
import os
from collections.abc import Iterator
from typing import BinaryIO, Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from .errors import DecryptionError

CHUNK = 65_536
_TAG = 16
_HEADER = b"OFS1" + CHUNK.to_bytes(4, "big")
_STORED = CHUNK + _TAG


def new_file_key() -> bytes:
    """Return a key for one file: 32 random bytes."""
    return AESGCM.generate_key(256)


def _associated(number: int, *, last: bool) -> bytes:
    return _HEADER + number.to_bytes(8, "big") + (b"\x01" if last else b"\x00")


def _nonce(number: int) -> bytes:
    return number.to_bytes(12, "big")


class EncryptingWriter:
    """Writes plaintext to `target`, encrypted; without `close` the file cannot be decrypted."""

    def __init__(self, target: BinaryIO, key: bytes) -> None:
        self._target = target
        self._cipher = AESGCM(key)
        self._pending = bytearray()
        self._number = 0
        self.size = 0
        target.write(_HEADER)

    def write(self, data: bytes) -> None:
        """Write more plaintext; at most one chunk of it is held back."""
        self.size += len(data)
        self._pending += data
        # The last chunk is marked, so a full one is written only when more comes after it.
        while len(self._pending) > CHUNK:
            self._write_chunk(bytes(self._pending[:CHUNK]), last=False)
            del self._pending[:CHUNK]

    def close(self) -> None:
        """Write the last chunk."""
        self._write_chunk(bytes(self._pending), last=True)
        self._pending.clear()

    def _write_chunk(self, chunk: bytes, *, last: bool) -> None:
        encrypted = self._cipher.encrypt(_nonce(self._number), chunk, _associated(self._number, last=last))
        self._target.write(encrypted)
        self._number += 1


class DecryptingReader:
    """Reads such a file, from any position. `size` is the plaintext's, in bytes."""

    def __init__(self, source: BinaryIO, key: bytes) -> None:
        self._source = source
        self._cipher = AESGCM(key)
        stored = source.seek(0, os.SEEK_END) - len(_HEADER)
        source.seek(0)
        if source.read(len(_HEADER)) != _HEADER or stored < _TAG:
            source.close()
            raise DecryptionError("This file is not an encrypted file, or it is cut off.")
        self._count = -(-stored // _STORED)
        self.size = stored - self._count * _TAG

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_exception: object) -> None:
        self.close()

    def close(self) -> None:
        self._source.close()

    def read_range(self, first: int = 0, stop: int | None = None) -> Iterator[bytes]:
        """Yield the plaintext from byte `first` up to `stop` (not included); DecryptionError when it was changed."""
        stop = self.size if stop is None else min(stop, self.size)
        number = first // CHUNK
        # Reading an empty file still checks its only chunk.
        while number * CHUNK < stop or (self.size == 0 and number == 0):
            chunk = self._chunk(number)
            start = number * CHUNK
            yield chunk[max(first - start, 0) : stop - start]
            number += 1
            if self.size == 0:
                return

    def _chunk(self, number: int) -> bytes:
        self._source.seek(len(_HEADER) + number * _STORED)
        stored = self._source.read(_STORED)
        try:
            return self._cipher.decrypt(_nonce(number), stored, _associated(number, last=number == self._count - 1))
        except InvalidTag:
            raise DecryptionError("This file does not open: it was changed, cut off, or has another key.") from None


class RangeFile(io.RawIOBase):
    """Bytes `first` to `stop` (not included) of an encrypted file, as a file to read and seek in."""

    def __init__(self, reader: DecryptingReader, first: int, stop: int) -> None:
        self._reader, self._first, self._size = reader, first, min(stop, reader.size) - first
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = os.SEEK_SET) -> int:
        """Move to an offset from the start, from the current position, or from the end."""
        self._at = offset + {os.SEEK_SET: 0, os.SEEK_CUR: self._at, os.SEEK_END: self._size}[whence]
        return self._at

    def read(self, size: int = -1) -> bytes:
        """Return up to `size` bytes; DecryptionError when they were changed."""
        stop = self._size if size < 0 else min(self._at + size, self._size)
        data = b"".join(self._reader.read_range(self._first + self._at, self._first + stop)) if stop > self._at else b""
        self._at += len(data)
        return data

    def close(self) -> None:
        self._reader.close()
        super().close()
