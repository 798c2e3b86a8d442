"""Compression in pieces that may be concatenated: gzip members, or Zstandard frames. Plain Python."""

import zlib
from collections.abc import Iterable, Iterator
from hashlib import sha256
from typing import Protocol

import zstandard

_GZIP_LEVEL = 1
_ZSTD_LEVEL = 1
#: makes zlib write a gzip header, without a time or a name
_GZIP = 16 + zlib.MAX_WBITS
_BLOCK = 65_536


class Codec(Protocol):
    """What compresses one piece."""

    def compress(self, data: bytes, /) -> bytes: ...
    def flush(self) -> bytes: ...


def codec(compress: str) -> Codec:
    """Return what compresses one piece with `gzip` or `zstd`; levels are chosen for speed."""
    if compress == "zstd":
        return zstandard.ZstdCompressor(level=_ZSTD_LEVEL).compressobj()
    return zlib.compressobj(_GZIP_LEVEL, zlib.DEFLATED, _GZIP)


def pack(compress: str, data: bytes) -> bytes:
    """Return one whole piece."""
    compressor = codec(compress)
    return compressor.compress(data) + compressor.flush()


def unpack(compress: str, packed: Iterable[bytes]) -> Iterator[bytes]:
    """Yield the plain bytes of one piece, in constant memory; ValueError when it is cut off or broken."""
    if compress == "zstd":
        opened = zstandard.ZstdDecompressor().decompressobj()
        try:
            for chunk in packed:
                yield opened.decompress(chunk)
        except zstandard.ZstdError as error:
            raise ValueError(str(error)) from None
        if not opened.eof:
            raise ValueError("the piece is cut off")
        return
    inflated = zlib.decompressobj(_GZIP)
    try:
        for chunk in packed:
            waiting = chunk
            while waiting:
                yield inflated.decompress(waiting, _BLOCK)
                waiting = inflated.unconsumed_tail
        yield inflated.flush()
    except zlib.error as error:
        raise ValueError(str(error)) from None
    if not inflated.eof:
        raise ValueError("the piece is cut off")


class Piece:
    """One piece being made: takes plain bytes, returns compressed ones, counts both and hashes the plain ones."""

    def __init__(self, compress: str, digest: "Digest") -> None:
        self._codec = codec(compress)
        self._digest = digest
        self.packed = self.plain = 0

    def take(self, data: bytes) -> bytes:
        """Return the compressed bytes that are ready after `data`, perhaps none."""
        self.plain += len(data)
        self._digest.update(data)
        return self._count(self._codec.compress(data))

    def end(self) -> bytes:
        """Return the rest."""
        return self._count(self._codec.flush())

    def _count(self, data: bytes) -> bytes:
        self.packed += len(data)
        return data


class Digest:
    """Size and SHA-256 of one file of the bundle, computed while it is written."""

    def __init__(self, begin: bytes = b"") -> None:
        self._sha256 = sha256(begin)
        self.size = len(begin)

    def update(self, data: bytes) -> None:
        self._sha256.update(data)
        self.size += len(data)

    def copy(self) -> "Digest":
        """Return a digest that continues from here, and leaves this one as it is."""
        other = Digest()
        other._sha256, other.size = self._sha256.copy(), self.size
        return other

    @property
    def hexdigest(self) -> str:
        return self._sha256.hexdigest()
