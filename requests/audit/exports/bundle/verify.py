#!/usr/bin/env python3
"""Check a bundle, package, receipt or certificate offline: this one file, Python 3.9 or newer, no other library.

    python3 verify.py PATH --key 'name+keyid+base64' [--key …] [--witness KEY …] [--hashes-only] [--json]

PATH is the archive, or the folder to which it was unpacked; without PATH, the folder of this file. Or PATH is the
package (.zip) that a person got, a receipt (.tlog-proof) of a single entry, or the certificate of a deletion (.json).
The key must come from outside the bundle: whoever could change the bundle could change a key in it.
Exit: 0 all agrees · 1 something was changed, the first such thing is named · 2 it cannot be checked.
"""

import sys

# Python 3.6 must be able to parse the whole file, to reach this sentence.
if sys.version_info < (3, 9):
    sys.stdout.write("Cannot check: this check needs Python 3.9 or newer, and this one is older.\n")
    sys.exit(2)

import argparse
import base64
import binascii
import csv
import gzip
import importlib
import io
import json
import os
import re
import stat
import zipfile
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import datetime
from functools import partial
from hashlib import sha256, sha512
from typing import Any, NamedTuple, NoReturn, Optional

FORMAT = "omegaoffice-audit-bundle@v1"
NEEDED = {"entries.jsonl", "hashes", "range-proof", "checkpoint", "MANIFEST.json", "MANIFEST.note"}
CSV, OCSF = "views/entries.csv", "views/ocsf.jsonl"
KNOWN = NEEDED | {CSV, OCSF, "previous-checkpoint", "consistency", "verify.py", "README.txt"}
COLUMNS = "index id time actor event event_version outcome subject case request payload sealed_fields".split()
LEAF = "actor event event_version id outcome payload request sd subject time version".split()
TYPES = [(str, str, int, str, str, dict, str, list, kind, str, int) for kind in (str, type(None))]
FORMULA = tuple("=+-@\t\n\r\0\uff1d\uff0b\uff0d\uff20")
#: spreadsheets of older bundles begin without this mark and escape fewer characters
MARK = "\ufeff"
OLD_FORMULA = tuple("=+-@\t\r\0")
#: bytes of a file that is kept in memory, of a line, of a leaf; files of a bundle; hashes folded at once
SMALL = 1 << 20
MAX_LINE = 1 << 22
MAX_LEAF = 65_535
MAX_FILES = 256
BLOCK = 1 << 10


#: bytes that may follow a file in a ZIP: its CRC and sizes, in four spellings
DESCRIPTORS = frozenset({0, 12, 16, 20, 24})


class TamperedError(Exception):
    """Signed or hashed content disagrees: exit 1."""


class CannotCheckError(Exception):
    """Not a bundle, an unreadable or hostile one, or a key is missing: exit 2."""


# --- Ed25519 (RFC 8032, section 5.1.7), strict: one spelling of every point and number ----------------------------

P = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
D = -121665 * pow(121666, -1, P) % P
Point = tuple[int, int, int, int]  # extended coordinates: X, Y, Z and T = XY/Z
NEUTRAL: Point = (0, 1, 1, 0)


def _add(a: Point, b: Point) -> Point:
    e = (a[1] - a[0]) * (b[1] - b[0]) % P
    f = (a[1] + a[0]) * (b[1] + b[0]) % P
    g = 2 * a[3] * b[3] * D % P
    h = 2 * a[2] * b[2] % P
    return (f - e) * (h - g) % P, (h + g) * (f + e) % P, (h - g) * (h + g) % P, (f - e) * (f + e) % P


def _times(number: int, point: Point) -> Point:
    total = NEUTRAL
    while number:
        if number & 1:
            total = _add(total, point)
        point = _add(point, point)
        number >>= 1
    return total


def _same(a: Point, b: Point) -> bool:
    return (a[0] * b[2] - b[0] * a[2]) % P == 0 == (a[1] * b[2] - b[1] * a[2]) % P


def _point(data: bytes) -> Optional[Point]:
    """Decode 32 bytes; None unless they are a point of the curve in its one spelling."""
    sign = data[31] >> 7
    y = int.from_bytes(data, "little") & (1 << 255) - 1
    square = (y * y - 1) * pow(D * y * y + 1, -1, P) % P
    x = pow(square, (P + 3) // 8, P)
    if (x * x - square) % P:
        x = x * pow(2, (P - 1) // 4, P) % P
    if y >= P or (x * x - square) % P or (x == 0 and sign):
        return None
    x = P - x if x & 1 != sign else x
    return x, y, 1, x * y % P


BASE = _point(bytes([0x58]) + bytes([0x66]) * 31) or NEUTRAL


def ed25519(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether this is the key's signature over the message: [S]B = R + [k]A, no key of small order."""
    if len(public) != 32 or len(signature) != 64:
        return False
    key = _point(public)
    nonce = _point(signature[:32])
    s = int.from_bytes(signature[32:], "little")
    if key is None or nonce is None or s >= ORDER or _same(_times(8, key), NEUTRAL):
        return False
    k = int.from_bytes(sha512(signature[:32] + public + message).digest(), "little") % ORDER
    return _same(_times(s, BASE), _add(nonce, _times(k, key)))


# --- Text: base64, canonical JSON, signed notes (C2SP) ------------------------------------------------------------


def unbase64(text: bytes) -> bytes:
    """Read standard base64 in its one spelling; ValueError for any other."""
    data = binascii.a2b_base64(text)
    if binascii.b2a_base64(data, newline=False) != text:
        raise ValueError("not strict base64")
    return data


def _refuse(_text: str) -> NoReturn:
    raise ValueError("a number that is not an integer")


_decode = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse).raw_decode
#: RFC 8785, for text, integers below 2^53, true, false, null, arrays and objects with ASCII keys
encode = json.JSONEncoder(ensure_ascii=False, sort_keys=True, separators=(",", ":")).encode


def _fits(value: Any) -> bool:
    """Return whether `encode` writes an object or array as RFC 8785 does."""
    if type(value) is dict and not "".join(value).isascii():
        return False
    for member in value.values() if type(value) is dict else value:
        kind = type(member)
        if kind is int:
            if not -(2**53) < member < 2**53:
                return False
        elif (kind is dict or kind is list) and not _fits(member):
            return False
    return True


def parse(text: str) -> Any:
    """Parse JSON with nothing before or after it; ValueError or RecursionError."""
    value, end = _decode(text)
    if end != len(text):
        raise ValueError("something follows the JSON")
    return value


def canonical(data: bytes) -> dict[str, Any]:
    """Parse an object in JSON that must be canonical; ValueError or RecursionError."""
    text = data.decode()
    value = parse(text)
    if encode(value) != text or type(value) is not dict or not _fits(value):
        raise ValueError("it is not an object in canonical JSON")
    return value


class Key(NamedTuple):
    """A public key `name+keyid+base64(kind, 32 bytes)`: kind 1 signs notes, kind 4 cosigns checkpoints."""

    name: str
    key_id: bytes
    kind: int
    public: bytes

    @classmethod
    def parse(cls, text: str) -> "Key":
        """Read a key; CannotCheckError when it is none, or its id does not fit it."""
        match = re.fullmatch(r"([^+\s]+)\+([0-9a-f]{8})\+([A-Za-z0-9+/=]+)", text)
        try:
            data = unbase64(match[3].encode()) if match else b""
        except ValueError:
            data = b""
        if not match or len(data) != 33 or data[0] not in (1, 4):
            raise CannotCheckError(f"{text!r} is not an Ed25519 key written name+keyid+base64")
        if sha256(match[1].encode() + b"\n" + data).digest()[:4].hex() != match[2]:
            raise CannotCheckError(f"the key {match[1]}: its id does not fit it; was it copied whole?")
        return cls(match[1], bytes.fromhex(match[2]), data[0], data[1:])

    def accepts(self, text: str, signature: bytes) -> bool:
        """Return whether the bytes after the key id are this key's signature over a note's text."""
        if self.kind == 4:
            seconds = int.from_bytes(signature[:8], "big")
            signature = signature[8:]
            text = f"cosignature/v1\ntime {seconds}\n{text}"
        return ed25519(self.public, text.encode(), signature)


def open_note(name: str, data: bytes, keys: list[Key], *, every: bool = False) -> tuple[str, list[str]]:
    """Return a note's text and the names of the keys that signed it: one at least, or every one."""
    try:
        text, gap, lines = data.decode().rpartition("\n\n")
        found = [re.fullmatch(r"\u2014 ([^+\s]+) ([A-Za-z0-9+/=]+)", line) for line in lines[:-1].split("\n")]
        signatures = [(match[1], unbase64(match[2].encode())) for match in found if match]
        if not gap or not lines.endswith("\n") or len(signatures) != len(found) or len(found) > 100:
            raise ValueError
        if any(len(signature) <= 4 for _, signature in signatures) or re.search(r"[\x00-\x09\x0b-\x1f]", text):
            raise ValueError
    except ValueError:
        raise CannotCheckError(f"{name}: it is not a signed note") from None
    signed = []
    for key in keys:
        for by, signature in signatures:
            if (by, signature[:4]) == (key.name, key.key_id):
                if not key.accepts(text + "\n", signature[4:]):
                    raise TamperedError(f"{name}: the signature by {key.name} is wrong")
                signed.append(key)
    missing = [key.name for key in keys if key not in signed]
    if not signed or (every and missing):
        raise CannotCheckError(f"{name}: no line in it is by {' or '.join(missing)}; is that the right key?")
    return text + "\n", [key.name for key in signed]


# --- The tree (RFC 9162) ------------------------------------------------------------------------------------------


def node(left: bytes, right: bytes) -> bytes:
    """Hash two nodes into the one above."""
    return sha256(b"\x01" + left + right).digest()


def subtrees(start: int, end: int) -> Iterator[int]:
    """Yield the levels of the largest complete subtrees that cover leaves start to end - 1, from the left."""
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        yield level
        start += 1 << level


class Fold:
    """A tree built from the left; only the roots of its complete subtrees are kept."""

    def __init__(self) -> None:
        self.size = 0
        self.roots: list[bytes] = []

    def push(self, root: bytes, level: int = 0) -> None:
        """Add a complete subtree; `size` is a multiple of its width."""
        number = self.size >> level
        while number & 1:
            root = node(self.roots.pop(), root)
            number >>= 1
        self.roots.append(root)
        self.size += 1 << level

    def push_all(self, hashes: bytes) -> None:
        """Add consecutive leaf hashes; a whole block that starts at a multiple of its length goes in one step."""
        if len(hashes) == BLOCK * 32 and self.size % BLOCK == 0:
            while len(hashes) > 32:
                hashes = b"".join([sha256(b"\x01" + hashes[i : i + 64]).digest() for i in range(0, len(hashes), 64)])
            self.push(hashes, BLOCK.bit_length() - 1)
            return
        for start in range(0, len(hashes), 32):
            self.push(hashes[start : start + 32])

    def root(self) -> bytes:
        """Return the root over all that was pushed."""
        total = self.roots[-1] if self.roots else sha256().digest()
        for root in self.roots[-2::-1]:
            total = node(root, total)
        return total


def consistent(old: int, old_root: bytes, new: int, new_root: bytes, proof: list[bytes]) -> bool:
    """Return whether the tree of `old` leaves is a prefix of the tree of `new` (RFC 9162, section 2.1.4.2)."""
    if not 0 < old < new:
        return 0 < old == new and old_root == new_root and not proof
    path = [old_root, *proof] if old & (old - 1) == 0 else proof
    if not path:
        return False
    first, last = old - 1, new - 1
    while first & 1:
        first, last = first >> 1, last >> 1
    a = b = path[0]
    for step in path[1:]:
        if last == 0:
            return False
        if first & 1 or first == last:
            a, b = node(step, a), node(step, b)
            while not first & 1 and first:
                first, last = first >> 1, last >> 1
        else:
            b = node(b, step)
        first, last = first >> 1, last >> 1
    return last == 0 and a == old_root and b == new_root


# --- Where the files are: a folder or an archive ------------------------------------------------------------------

NAME = re.compile(r"(?:[A-Za-z0-9_-][A-Za-z0-9._-]*/)?[A-Za-z0-9_-][A-Za-z0-9._-]*")


class _Slice(io.RawIOBase):
    """One file inside an archive's stream."""

    def __init__(self, stream: Any, size: int) -> None:
        self._stream = stream
        self._left = size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        count: int = self._stream.readinto(memoryview(buffer)[: self._left])
        if not count and self._left and len(buffer):
            raise EOFError
        self._left -= count
        return count


class Source(ExitStack):
    """The files of a bundle; `take` reads sizes, digests and the small ones' bytes in one pass."""

    def __init__(self, path: str, limit: int) -> None:
        super().__init__()
        self.path = path
        self.limit = limit
        self.sizes: dict[str, int] = {}
        self.digests: dict[str, str] = {}
        self._small: dict[str, bytes] = {}
        self._at: dict[str, int] = {}
        self.total = 0
        self.folder = os.path.isdir(path)
        self.is_zip = not self.folder and _begins(path, b"PK\3\4")

    def take(self) -> None:
        """Read everything once; CannotCheckError where it is not what a bundle may be."""
        if self.folder:
            self._take_folder("")
        elif self.is_zip:
            self._take_zip()
        else:
            self._take_archive()

    def open(self, name: str) -> io.BufferedIOBase:
        """Return a new stream of one file's bytes."""
        if name in self._small:
            return io.BytesIO(self._small[name])
        if self.folder:
            return self.enter_context(open(os.path.join(self.path, *name.split("/")), "rb"))
        stream = self._stream()
        stream.seek(self._at[name])
        return io.BufferedReader(_Slice(stream, self.sizes[name]), 1 << 16)

    def read(self, name: str) -> bytes:
        """Return the bytes of a small file."""
        if name not in self._small:
            raise CannotCheckError(
                f"{name}: it is missing" if name not in self.sizes else f"{name}: it is far too long"
            )
        return self._small[name]

    def _take(self, name: str, size: int, stream: Any) -> None:
        if not NAME.fullmatch(name):
            raise CannotCheckError(f"a file is named {name!r}: that is no name of a bundle's file")
        if name in self.sizes or len(self.sizes) == MAX_FILES:
            raise CannotCheckError(f"{name}: it is there twice" if name in self.sizes else "there are too many files")
        self._grow(size)
        self.sizes[name] = left = size
        digest = sha256()
        kept = []
        while left:
            block = stream.read(min(left, 1 << 18))
            if not block:
                raise CannotCheckError(f"{name}: it ends before its size is reached")
            digest.update(block)
            left -= len(block)
            if size <= SMALL:
                kept.append(block)
        self.digests[name] = digest.hexdigest()
        if size <= SMALL:
            self._small[name] = b"".join(kept)

    def _grow(self, size: int) -> None:
        self.total += size
        if self.total > self.limit:
            raise CannotCheckError(f"it unpacks to more than {self.limit:,} bytes; if that is right, raise --max-bytes")

    def _take_folder(self, inner: str) -> None:
        with os.scandir(os.path.join(self.path, inner)) as found:
            for each in found:
                name = f"{inner}/{each.name}" if inner else each.name
                if each.is_dir(follow_symlinks=False) and not inner:
                    self._take_folder(name)
                elif not stat.S_ISREG(each.stat(follow_symlinks=False).st_mode):
                    raise CannotCheckError(f"{name}: it is no regular file")
                else:
                    with open(each.path, "rb") as stream:
                        self._take(name, os.fstat(stream.fileno()).st_size, stream)

    def _stream(self) -> Any:
        """Open the archive and decompress it, as its first bytes say, not its name."""
        raw = self.enter_context(open(self.path, "rb"))
        magic = raw.read(4)
        raw.seek(0)
        if magic[:2] == b"\x1f\x8b":
            return self.enter_context(gzip.GzipFile(fileobj=raw))
        if magic == b"\x28\xb5\x2f\xfd":
            try:
                zstd: Any = importlib.import_module("compression.zstd")
            except ImportError:
                raise CannotCheckError(
                    "this Python cannot read zstd (3.14 can): unpack it with `tar --zstd -xf` and give the folder"
                ) from None
            return self.enter_context(zstd.ZstdFile(raw))
        return raw

    def _take_zip(self) -> None:
        with zipfile.ZipFile(self.path) as archive, open(self.path, "rb") as raw:
            end = 0
            for member in sorted(archive.infolist(), key=lambda each: each.header_offset):
                name = member.filename
                if member.flag_bits & 1 or member.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
                    raise CannotCheckError(f"{name}: it is encrypted, or compressed in an unusual way")
                # Unpacked, it would be a link or a device, whatever its bytes say.
                if stat.S_IFMT(member.external_attr >> 16) not in (0, stat.S_IFREG):
                    raise CannotCheckError(f"{name}: it is no regular file")
                # What lies between two files another program may take for a third one; a descriptor is no such thing.
                if member.header_offset - end not in (DESCRIPTORS if end else {0}):
                    raise CannotCheckError(f"{name}: something is hidden before it")
                with archive.open(member) as stream:
                    self._take(name, member.file_size, stream)
                raw.seek(member.header_offset + 26)
                lengths = raw.read(4)
                end = member.header_offset + 30 + member.compress_size
                end += int.from_bytes(lengths[:2], "little") + int.from_bytes(lengths[2:], "little")
            raw.seek(-22, os.SEEK_END)
            if archive.start_dir - end not in DESCRIPTORS or archive.comment or raw.read(4) != b"PK\5\6":
                raise CannotCheckError("something is hidden behind the archive's files")

    def _take_archive(self) -> None:
        stream = self._stream()
        at = 0
        top = ""
        while True:
            header = stream.read(512)
            at += 512
            if len(header) == 512 and not any(header):
                break
            folder, name, size = _member(header)
            top = top or folder
            if folder != top:
                raise CannotCheckError("its files are not in one folder")
            if name:
                self._at[name] = at
                self._take(name, size, stream)
                self._grow(-size % 512)
                if any(stream.read(-size % 512)):
                    raise CannotCheckError(f"{name}: something is hidden behind it")
                at += size + -size % 512
        for rest in iter(partial(stream.read, 1 << 16), b""):
            self._grow(len(rest))
            if any(rest):
                raise CannotCheckError("something is hidden behind the archive's end")


def _begins(path: str, magic: bytes) -> bool:
    with open(path, "rb") as file:
        return file.read(len(magic)) == magic


def _member(header: bytes) -> tuple[str, str, int]:
    """Read a tar header: the folder, the name in it ("" for the folder itself), the size."""
    try:
        if len(header) != 512 or int(header[148:156].strip(b" \0"), 8) != sum(header) - sum(header[148:156]) + 256:
            raise ValueError
        octets = header[124:136]
        size = int.from_bytes(octets[1:], "big") if octets[0] == 0x80 else int(octets.strip(b" \0") or b"0", 8)
        path = header[:100].rstrip(b"\0").decode("ascii")
        if header[257:263] == b"ustar\0" and header[345]:
            path = header[345:500].rstrip(b"\0").decode("ascii") + "/" + path
    except ValueError:
        raise CannotCheckError("it is not a tar archive, or it is cut off") from None
    kind = header[156:157]
    folder, _, name = path.rstrip("/").partition("/") if kind == b"5" else path.partition("/")
    if kind not in {b"0", b"\0", b"5"} or size < 0 or (kind == b"5" and size):
        raise CannotCheckError(f"{path!r}: it is no regular file")
    if not NAME.fullmatch(folder) or (name and not NAME.fullmatch(name)) or not (name or kind == b"5"):
        raise CannotCheckError(f"{path!r}: that is no name of a bundle's file")
    return folder, "" if kind == b"5" else name, size


def lines(source: Source, name: str) -> Iterator[bytes]:
    """Yield a file's lines with their newlines; TamperedError for a line that is too long or has none."""
    stream = source.open(name)
    for number, line in enumerate(iter(partial(stream.readline, MAX_LINE), b""), 1):
        if line[-1] != 0x0A:
            raise TamperedError(f"{name}: line {number} has no end, or is longer than {MAX_LINE:,} bytes")
        yield line


# --- What is checked ----------------------------------------------------------------------------------------------

Say = Callable[[str, str], None]
_LINE = re.compile(
    rb'\{"disclosures":\[((?:"[A-Za-z0-9_-]+"(?:,"[A-Za-z0-9_-]+")*)?)\],'
    rb'"index":(0|[1-9][0-9]{0,18}),"leaf":"([A-Za-z0-9+/]+={0,2})"\}\n'
)
_TIME = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}\.[0-9]{6}Z")
_ID = re.compile(r"[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}")
_DIGEST = re.compile(r"[A-Za-z0-9_-]{43}")
_FILTERS: dict[str, Callable[[Any, str], bool]] = {
    "after": lambda leaf, value: leaf["time"] >= value,
    "before": lambda leaf, value: leaf["time"] < value,
    "actor": lambda leaf, value: leaf["actor"] == value,
    "event": lambda leaf, value: leaf["event"] == value,
    "subject": lambda leaf, value: leaf["subject"] == value,
    "outcome": lambda leaf, value: leaf["outcome"] == value,
    "case": lambda leaf, value: leaf["payload"].get("case") == value,
}


def _shape(names: str, kind: type) -> dict[str, type]:
    return dict.fromkeys(names.split(), kind)


def _is(value: Any, shape: dict[str, type]) -> bool:
    """Return whether a value is an object of exactly these members and types; integers are not negative."""
    return (
        type(value) is dict
        and value.keys() == shape.keys()
        and all(type(value[name]) is kind and (kind is not int or value[name] >= 0) for name, kind in shape.items())
    )


def read_manifest(data: bytes) -> dict[str, Any]:
    """Parse MANIFEST.json; CannotCheckError when it is not of this format."""
    try:
        found = canonical(data)
        if found.get("format") != FORMAT:
            raise ValueError(f"its format is not {FORMAT}")
        shape = _shape("checkpoint range filter", dict) | _shape("export format made_at origin", str)
        shape |= _shape("disclosures entries", int) | {"files": list, "previous": type(found["previous"])}
        if "disclosures_missing" in found:
            shape["disclosures_missing"] = int
        wanted = found["filter"]
        checkpoints = [found["checkpoint"]]
        if found["previous"] is not None:
            checkpoints.append(found["previous"])
        right = (
            _is(found, shape)
            and all(_is(each, {"root": str, "size": int}) for each in checkpoints)
            and all(_is(each, {"name": str, "sha256": str, "size": int}) for each in found["files"])
            and _is(found["range"], _shape("first end", int))
            and found["range"]["first"] <= found["range"]["end"] <= found["checkpoint"]["size"]
            and all(type(value) is str and name in _FILTERS for name, value in wanted.items())
            and all(_TIME.fullmatch(wanted[name]) for name in ("after", "before") if name in wanted)
        )
        if not right:
            raise ValueError("its fields are not those of the format")
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError) as error:
        raise CannotCheckError(f"MANIFEST.json: {error}") from None
    return found


def check_files(source: Source, keys: list[Key], say: Say) -> dict[str, Any]:
    """Check the signature over the manifest, and each file against it."""
    text, names = open_note("MANIFEST.note", source.read("MANIFEST.note"), keys)
    data = source.read("MANIFEST.json")
    signed = text.split("\n")
    if signed[0] != FORMAT or len(signed) != 4:
        raise CannotCheckError(f"MANIFEST.note: it is not about a bundle of the format {FORMAT}")
    if signed[2] != sha256(data).hexdigest():
        raise TamperedError("MANIFEST.json: it is not the one that was signed")
    manifest = read_manifest(data)
    if signed[1] != manifest["origin"]:
        raise TamperedError("MANIFEST.json: its origin is not the signed one")
    if signed[1] not in names:
        raise CannotCheckError(f"the bundle is of the log {signed[1]}, and the key is that of {names[0]}")
    say("manifest", f"signed by {', '.join(names)}; export {manifest['export']} of {manifest['made_at']}")
    unknown = [each["name"] for each in manifest["files"] if each["name"] not in KNOWN]
    listed = [(each["name"], each["size"], each["sha256"]) for each in manifest["files"]]
    check_listed(source, listed, {"MANIFEST.json", "MANIFEST.note"}, unknown)
    lacking = sorted(NEEDED - set(source.sizes))
    if lacking:
        raise CannotCheckError(f"{lacking[0]}: the bundle was made without it")
    say_files(source, say)
    return manifest


def check_listed(
    source: Source, listed: list[tuple[str, int, str]], unlisted: set[str], unknown: Sequence[str] = ()
) -> None:
    """Check each file against (name, size, SHA-256) as a manifest lists it, and that there is no other."""
    names = [name for name, _, _ in listed]
    for name in names:
        if name not in source.sizes or names.count(name) > 1:
            raise TamperedError(f"{name}: the manifest names it, and it is missing or named twice")
    for name in sorted(source.sizes):
        if name not in names and name not in unlisted:
            raise TamperedError(f"{name}: it is there, and the manifest does not name it")
    if unknown:
        raise CannotCheckError(f"{unknown[0]}: the format has no such file, so nothing says what it must hold")
    for name, size, digest in listed:
        if source.sizes[name] != size:
            raise TamperedError(f"{name}: it has {source.sizes[name]:,} bytes, and the manifest says {size:,}")
        if source.digests[name] != digest:
            raise TamperedError(f"{name}: its SHA-256 is not the one in the manifest")


def say_files(source: Source, say: Say) -> None:
    """Say how many files agree with a manifest."""
    total = sum(source.sizes.values())
    say("files", f"{len(source.sizes)} files, {total:,} bytes; none missing, none extra; sizes and SHA-256 agree")


def open_checkpoint(name: str, data: bytes, keys: list[Key]) -> tuple[list[str], str, int, str]:
    """Check a checkpoint's signature; return the signers, its origin, size and root as base64."""
    text, names = open_note(name, data, keys)
    found = re.fullmatch(r"([^\n]+)\n(0|[1-9][0-9]{0,18})\n([A-Za-z0-9+/=]+)\n", text)
    if not found:
        raise CannotCheckError(f"{name}: it is not a checkpoint of three lines")
    return names, found[1], int(found[2]), found[3]


def read_checkpoint(name: str, data: bytes, keys: list[Key], origin: str, listed: dict[str, Any]) -> bytes:
    """Check a checkpoint's signature and that it is the one in the manifest; return its root."""
    _, *found = open_checkpoint(name, data, keys)
    if found != [origin, listed["size"], listed["root"]]:
        raise TamperedError(f"{name}: its origin, size or root is not the one in the manifest")
    return _hash(name, listed["root"].encode())


def _hash(name: str, line: bytes) -> bytes:
    try:
        data = unbase64(line)
    except ValueError:
        data = b""
    if len(data) != 32:
        raise TamperedError(f"{name}: a line is not the base64 of a hash of 32 bytes")
    return data


def check_checkpoints(
    source: Source, manifest: dict[str, Any], keys: list[Key], witnesses: list[Key], say: Say
) -> bytes:
    """Check the checkpoint, its cosignatures and that the tree grew from the previous one; return the root."""
    now = manifest["checkpoint"]
    before = manifest["previous"]
    origin = manifest["origin"]
    root = read_checkpoint("checkpoint", source.read("checkpoint"), keys, origin, now)
    say("checkpoint", f"{origin} signed a tree of {now['size']:,} entries, root {now['root']}")
    if witnesses:
        _, names = open_note("checkpoint", source.read("checkpoint"), witnesses, every=True)
        say("witnesses", f"cosigned by {', '.join(names)}")
    if before is None:
        say("consistency", "not shown: there is no previous checkpoint in this bundle")
        return root
    old = read_checkpoint("previous-checkpoint", source.read("previous-checkpoint"), keys, origin, before)
    proof = [_hash("consistency", line[:-1]) for line in lines(source, "consistency")]
    if not consistent(before["size"], old, now["size"], root, proof):
        raise TamperedError(
            f"consistency: the tree of {before['size']:,} entries is not the beginning of the checkpoint's"
        )
    say("consistency", f"the tree of {before['size']:,} entries is its beginning: nothing in it was changed")
    return root


class Hashes:
    """The leaf hashes of the range, in order, from which the root is computed on the way."""

    def __init__(self, source: Source, first: int, end: int, size: int) -> None:
        proof = [_hash("range-proof", line[:-1]) for line in lines(source, "range-proof")]
        levels = [*subtrees(0, first), *subtrees(end, size)]
        if len(proof) != len(levels) or source.sizes["hashes"] != 32 * (end - first):
            raise TamperedError("hashes, range-proof: they do not hold as many hashes as the range needs")
        self._fold = Fold()
        self._stream = source.open("hashes")
        self.end = end
        left = len([*subtrees(0, first)])
        self._right = [*zip(proof[left:], levels[left:])]
        for root, level in zip(proof[:left], levels):
            self._fold.push(root, level)
        self._start = first
        self._block = b""

    def at(self, index: int) -> bytes:
        """Return the hash at a leaf index; indexes must ascend from call to call."""
        while (index - self._start) * 32 >= len(self._block):
            self._start += len(self._block) // 32
            self._block = self._stream.read(32 * min(BLOCK - self._start % BLOCK, self.end - self._start))
            if not self._block:
                raise EOFError
            self._fold.push_all(self._block)
        offset = (index - self._start) * 32
        return self._block[offset : offset + 32]

    def root(self) -> bytes:
        """Read the rest and return the root of the whole tree."""
        if self._fold.size < self.end:
            self.at(self.end - 1)
        for root, level in self._right:
            self._fold.push(root, level)
        return self._fold.root()


def read_leaf(data: bytes) -> dict[str, Any]:
    """Parse a leaf; ValueError when it is not canonical JSON of a leaf's fields."""
    if len(data) > MAX_LEAF:
        raise ValueError(f"it is longer than {MAX_LEAF:,} bytes")
    leaf = canonical(data)
    if list(leaf) != LEAF or tuple(map(type, leaf.values())) not in TYPES:
        raise ValueError("its fields are not those of a leaf")
    if leaf["version"] != 1 or not _TIME.fullmatch(leaf["time"]) or not _ID.fullmatch(leaf["id"]):
        raise ValueError("its version, time or id is not written as the format says")
    sd = leaf["sd"]
    if sd and (not all(type(digest) is str and _DIGEST.fullmatch(digest) for digest in sd) or sd != sorted(set(sd))):
        raise ValueError("its digests are not in order")
    return leaf


def check_disclosures(disclosures: list[bytes], sd: list[str]) -> None:
    """Check that each disclosure's digest is in the leaf; ValueError names what is wrong."""
    if disclosures != sorted(set(disclosures)):
        raise ValueError("its disclosures are not in order")
    for disclosure in disclosures:
        digest = base64.urlsafe_b64encode(sha256(disclosure).digest())[:43].decode()
        if digest not in sd:
            raise ValueError("a disclosure's digest is not in its leaf")
        parts = parse(base64.urlsafe_b64decode(disclosure + b"=" * (-len(disclosure) % 4)).decode())
        if type(parts) is not list or [type(part) for part in parts[:2]] != [str, str] or len(parts) != 3:
            raise ValueError("a disclosure is not a salt, a name and a value")


def read_entries(source: Source, manifest: dict[str, Any], hashes: Hashes, *, parse: bool) -> Iterator[Any]:
    """Yield index and leaf (None unless `parse`) of each line that agrees with the tree."""
    first, end = manifest["range"]["first"], manifest["range"]["end"]
    wanted = [(name, _FILTERS[name], value) for name, value in manifest["filter"].items()]
    last = first - 1
    count = disclosed = 0
    for line in lines(source, "entries.jsonl"):
        count += 1
        try:
            match = _LINE.fullmatch(line)
            if not match:
                raise ValueError("it is not an evidence line")
            index = int(match[2])
            data = unbase64(match[3])
            if not last < index < end or (count == 1 and index != first):
                raise ValueError("its index is out of order or outside the range")
            if sha256(b"\0" + data).digest() != hashes.at(index):
                raise ValueError("its leaf is not the one whose hash is in the tree")
            disclosures = match[1].replace(b'"', b"").split(b",") if match[1] else []
            last = index
            leaf = None
            disclosed += len(disclosures)
            if parse:
                leaf = read_leaf(data)
                if disclosures:
                    check_disclosures(disclosures, leaf["sd"])
                for name, fits, value in wanted:
                    if not fits(leaf, value):
                        raise ValueError(f"it does not fit the filter {name} = {value}")
        except (ValueError, RecursionError) as error:
            reason = error if isinstance(error, ValueError) else "it is nested too deeply"
            where = f" (leaf index {int(match[2])})" if match else ""
            raise TamperedError(f"entries.jsonl line {count}{where}: {reason}") from None
        yield index, leaf
    if (count, disclosed, last) != (manifest["entries"], manifest["disclosures"], end - 1):
        raise TamperedError("entries.jsonl: it does not hold the entries and disclosures that the manifest counts")
    if not manifest["filter"] and count != end - first:
        raise TamperedError("entries.jsonl: the filter is empty, and not every leaf index of the range has its line")


def csv_cells(index: int, leaf: dict[str, Any], formula: tuple[str, ...] = FORMULA, write: Any = encode) -> list[str]:
    """Return the cells of a spreadsheet row, those that would be formulas with a `'` before them."""
    case = leaf["payload"].get("case")
    cells = [
        str(index),
        leaf["id"],
        leaf["time"],
        leaf["actor"],
        leaf["event"],
        str(leaf["event_version"]),
        leaf["outcome"],
        leaf["subject"] or "",
        "" if case is None else str(case),
        leaf["request"],
        write(leaf["payload"]),
        str(len(leaf["sd"])),
    ]
    return ["'" + cell if cell.startswith(formula) else cell for cell in cells]


# An entry as an OCSF event (API Activity). A verb may be added only together with the first event that uses it: the
# OCSF event of an entry must never change. A refused or failed read counts as a read.
_CREATE = "added asked assembled created filed given ingested invited joined made posted received written"
_READ = "downloaded listed looked opened read shown verified"
_UPDATE = "changed confirmed connected disconnected noted paused reinstated resumed rotated suspended taken"
_DELETE = "cancelled deleted ended erased left removed revoked shredded withdrawn"
VERBS = {verb: number for number, verbs in enumerate((_CREATE, _READ, _UPDATE, _DELETE), 1) for verb in verbs.split()}
ACTIVITIES = {1: "Create", 2: "Read", 3: "Update", 4: "Delete"}
STATUS = {"ok": (1, "Success"), "refused": (2, "Failure"), "failed": (2, "Failure")}
SEVERITY = {"ok": (1, "Informational"), "refused": (3, "Medium"), "failed": (2, "Low")}
#: events that are an alarm whatever their outcome
ALARMS = {"audit.guards.differed": (5, "Critical")}
#: OCSF has no number for staff: 99 (Other), with our name
USERS = {"user": (1, "User"), "staff": (99, "Staff"), "machine": (3, "System"), "anonymous": (0, "Unknown")}


def ocsf_event(index: int, leaf: dict[str, Any]) -> dict[str, Any]:
    """Return the OCSF event of an entry; `time` is in milliseconds since 1970, cut off and not rounded."""
    name = leaf["event"]
    outcome = leaf["outcome"]
    request = leaf["request"]
    time = leaf["time"]
    kind, _, reference = leaf["actor"].partition(":")
    activity = next((VERBS[word] for word in reversed(name.split(".")) if word in VERBS), 99)
    status_id, status = STATUS.get(outcome, (99, outcome))
    severity_id, severity = ALARMS.get(name) or SEVERITY.get(outcome, (1, "Informational"))
    type_id, type_name = USERS.get(kind, (99, kind))
    case = leaf["payload"].get("case")
    resources = [{"uid": leaf["subject"], "type": "data subject"}] if leaf["subject"] else []
    resources += [{"uid": str(case), "type": "case"}] if case else []
    return {
        "activity_id": activity,
        "activity_name": ACTIVITIES.get(activity) or name.rpartition(".")[2],
        "actor": {"user": {"uid": reference or kind, "type": type_name, "type_id": type_id}},
        "api": {"operation": name, "service": {"name": name.partition(".")[0]}},
        "category_name": "Application Activity",
        "category_uid": 6,
        "class_name": "API Activity",
        "class_uid": 6003,
        "metadata": {
            "version": "1.3.0",
            "product": {"name": "OmegaOffice audit log", "vendor_name": "OmegaCloud"},
            "uid": leaf["id"],
            "original_time": time,
            "sequence": index,
            "log_name": "audit",
            **({"correlation_uid": request} if request else {}),
        },
        "severity": severity,
        "severity_id": severity_id,
        "src_endpoint": {"uid": request or kind},
        "status": status,
        "status_code": outcome,
        "status_id": status_id,
        "time": int(datetime.fromisoformat(time[:19] + "+00:00").timestamp()) * 1000 + int(time[20:23]),
        "type_uid": 600300 + activity,
        "unmapped": {
            "actor": leaf["actor"],
            "event_version": leaf["event_version"],
            "payload": leaf["payload"],
            "sealed_fields": len(leaf["sd"]),
        },
        **({"resources": resources} if resources else {}),
    }


class View:
    """A view whose rows are compared with the entries, one by one; the first difference is kept until the end.

    Differences of the entries themselves are reported first: where they were changed, the views differ too.
    """

    def __init__(self, source: Source, name: str) -> None:
        self._name = name
        self._csv = name == CSV
        self._count = 0
        self.fault = ""
        self._formula = FORMULA
        found = lines(source, name)
        self._rows: Iterator[Any] = csv.reader((line.decode() for line in found), strict=True) if self._csv else found
        if self._csv:
            columns = self._next()
            if columns == COLUMNS:
                self._formula = OLD_FORMULA
            elif not self.fault and columns != [MARK + COLUMNS[0], *COLUMNS[1:]]:
                self.fault = f"{name}: its first row does not name the columns of the format"

    def _next(self) -> Any:
        try:
            return next(self._rows, None)
        except (ValueError, csv.Error):
            self.fault = f"{self._name}: it cannot be read behind row {self._count}"
        except TamperedError as error:
            self.fault = str(error)
        return None

    def compare(self, index: int, leaf: dict[str, Any]) -> None:
        """Compare the next row with an entry, byte by byte."""
        if self.fault:
            return
        row = self._next()
        self._count += 1
        try:
            if self._csv:
                agrees = row == csv_cells(index, leaf, self._formula)
            else:
                agrees = row == (encode(ocsf_event(index, leaf)) + "\n").encode()
        except (ValueError, RecursionError):
            agrees = False
        if not agrees and not self.fault:
            self.fault = f"{self._name}: row {self._count} does not match the entry at leaf index {index}"

    def end(self) -> None:
        """Raise the first difference, or that rows are left."""
        if not self.fault and self._next() is not None:
            self.fault = f"{self._name}: it has more rows than there are entries"
        if self.fault:
            raise TamperedError(self.fault)


def verify(source: Source, keys: list[Key], witnesses: list[Key], say: Say, *, hashes_only: bool = False) -> None:
    """Check a whole bundle and report each thing that agrees to `say`; raises the first difference."""
    manifest = check_files(source, keys, say)
    root = check_checkpoints(source, manifest, keys, witnesses, say)
    first = manifest["range"]["first"]
    end = manifest["range"]["end"]
    size = manifest["checkpoint"]["size"]
    count = manifest["entries"]
    hashes = Hashes(source, first, end, size)
    names = [name for name in (CSV, OCSF) if name in source.sizes and not hashes_only]
    views = [View(source, name) for name in names]
    for index, leaf in read_entries(source, manifest, hashes, parse=not hashes_only):
        for view in views:
            view.compare(index, leaf)
    if hashes.root() != root:
        raise TamperedError("hashes, range-proof: they do not give the checkpoint's root")
    for view in views:
        view.end()
    say("tree", f"the hashes at leaf indexes {first:,} up to {end:,}, and the proof, give the checkpoint's root")
    say("entries", f"{count:,} entries have the hashes at their indexes, with {manifest['disclosures']:,} disclosures")
    if "disclosures_missing" in manifest:
        say("disclosures", f"missing or not opening when the bundle was made: {manifest['disclosures_missing']:,}")
    if hashes_only:
        say("fields", "not checked: leaves, disclosures, filter and views (--hashes-only)")
    else:
        text = ", ".join(f"{name} = {value}" for name, value in manifest["filter"].items())
        say("fields", f"each leaf is canonical, each disclosure is its leaf's, each fits the filter ({text or 'none'})")
        say("views", f"{', '.join(names)}: as the entries say, row by row" if names else "none in this bundle")
    gaps = end - first - count
    text = f"{gaps:,} leaf indexes of the range have a hash only: their entries are not in this bundle"
    say("gaps", text if gaps else "none: every leaf index of the range has its entry")
    if size > end - first:
        say("outside", f"{size - (end - first):,} entries of the checkpoint's tree lie outside the range")


# --- A receipt: one entry (C2SP tlog-proof, the leaf as its extra data) -------------------------------------------

RECEIPT = b"c2sp.org/tlog-proof@v1\n"
#: how a certificate begins, and the event whose entry names its statement
CERTIFICATE = b'{"receipt":'
CERTIFIED = "rights.certificate.issued"
CERTIFICATE_FORMAT = "omegaoffice-erasure-certificate/1"
_RECEIPT = re.compile(
    re.escape(RECEIPT)
    + rb"extra ([A-Za-z0-9+/=]+)\nindex (0|[1-9][0-9]{0,18})((?:\n[A-Za-z0-9+/]{43}=){0,63})\n\n(.+)",
    re.DOTALL,
)


def climb(index: int, size: int, hash_: bytes, proof: list[bytes]) -> Optional[bytes]:
    """Return the root to which a proof leads, None when it is too short or long (RFC 9162, section 2.1.3.2)."""
    if index >= size:
        return None
    last = size - 1
    for step in proof:
        if last == 0:
            return None
        if index & 1 or index == last:
            hash_ = node(step, hash_)
            while not index & 1 and index:
                index, last = index >> 1, last >> 1
        else:
            hash_ = node(hash_, step)
        index, last = index >> 1, last >> 1
    return hash_ if last == 0 else None


def verify_receipt(data: bytes, keys: list[Key], witnesses: list[Key], say: Say) -> dict[str, Any]:
    """Check one entry's inclusion in a signed tree, and return the entry; raises the first difference."""
    match = _RECEIPT.fullmatch(data)
    if not match:
        raise CannotCheckError("it is not a receipt that carries its entry")
    names, origin, size, signed = open_checkpoint("checkpoint", match[4], keys)
    if origin not in names:
        raise CannotCheckError(f"the receipt is of the log {origin}, and the key is that of {names[0]}")
    say("checkpoint", f"{origin} signed a tree of {size:,} entries, root {signed}")
    if witnesses:
        _, names = open_note("checkpoint", match[4], witnesses, every=True)
        say("witnesses", f"cosigned by {', '.join(names)}")
    try:
        leaf = unbase64(match[1])
        entry = read_leaf(leaf)
    except (ValueError, RecursionError) as error:
        raise TamperedError(f"extra: it is not an entry of the log: {error}") from None
    proof = [_hash("proof", line) for line in match[3].split()]
    root = climb(int(match[2]), size, sha256(b"\0" + leaf).digest(), proof)
    if root != _hash("checkpoint", signed.encode()):
        raise TamperedError("proof: it does not lead from the entry to the checkpoint's root")
    say("tree", f"the entry is at leaf index {int(match[2]):,} of that tree, exactly as it is here")
    say("entry", f"{entry['id']} of {entry['time']}: {entry['event']}, {entry['outcome']}")
    return entry


def verify_certificate(data: bytes, keys: list[Key], witnesses: list[Key], say: Say) -> None:
    """Check that the log's entry names exactly this statement of a deletion; raises the first difference."""
    try:
        certificate = canonical(data)
        if {*certificate} != {"receipt", "statement"} or certificate["statement"]["format"] != CERTIFICATE_FORMAT:
            raise ValueError
        receipt, statement = certificate["receipt"].encode(), certificate["statement"]
        request, subject, inside = statement["request"], statement["subject"], statement["inside"]
        outcomes = [each["outcome"] for each in [*inside, *statement["outside"]]]
    except (ValueError, RecursionError, KeyError, TypeError, AttributeError):
        raise CannotCheckError("it is not a certificate as the format says") from None
    entry = verify_receipt(receipt, keys, witnesses, say)
    if (entry["event"], entry["outcome"]) != (CERTIFIED, "ok"):
        raise TamperedError("receipt: its entry is not one that issues a certificate")
    if entry["payload"].get("sha256") != sha256(encode(statement).encode()).hexdigest():
        raise TamperedError("statement: it is not the one that the entry names")
    if (entry["payload"].get("case"), entry["subject"]) != (request, subject):
        raise TamperedError("statement: the entry is about another request or another person")
    counts = ", ".join(f"{outcomes.count(outcome)} {outcome}" for outcome in sorted({*map(str, outcomes)}))
    say("statement", f"{request} of {subject}: of {len(outcomes)} categories and places {counts}")


# --- A package: what a person got of their data (GDPR articles 15 and 20) ------------------------------------------

LIST, LIST_NOTE = "manifest.json", "manifest.note"
PACKAGE = "omegaoffice-package/2"
#: the first line that is signed, so that no checkpoint or bundle can be taken for it, nor it for one of them
PACKAGE_HEADER = "omegaoffice-package@v2"
#: packages of before December 2026 have no signature
UNSIGNED_PACKAGE = "omegaoffice-access-package/1"


def read_list(data: bytes) -> dict[str, Any]:
    """Parse manifest.json; CannotCheckError when it is not that of a package."""
    try:
        found = parse(data.decode())
        if found["format"] not in (PACKAGE, UNSIGNED_PACKAGE):
            raise ValueError
        facts = [found["request"], found["kind"], found["made_at"], *(each["holding"] for each in found["missing"])]
        files = [(each["name"], each["bytes"], each["sha256"]) for each in found["files"]]
        if any(type(fact) is not str for fact in facts) or any([*map(type, each)] != [str, int, str] for each in files):
            raise ValueError
    except (ValueError, TypeError, LookupError, AttributeError, RecursionError):
        raise CannotCheckError(f"{LIST}: it is not the manifest of a package of a format that is known here") from None
    return {**found, "files": files}


def verify_package(source: Source, keys: list[Key], say: Say) -> None:
    """Check the signature over a package's manifest, and each file against it; raises the first difference."""
    data = source.read(LIST)
    if LIST_NOTE in source.sizes:  # the signature is over the bytes: nothing in them counts before
        text, names = open_note(LIST_NOTE, source.read(LIST_NOTE), keys)
        signed = text.split("\n")
        if signed[0] != PACKAGE_HEADER or len(signed) != 4:
            raise CannotCheckError(f"{LIST_NOTE}: it is not about a package")
        if signed[2] != sha256(data).hexdigest():
            raise TamperedError(f"{LIST}: it is not the one that was signed")
        if signed[1] not in names:
            raise CannotCheckError(f"the package is of the log {signed[1]}, and the key is that of {names[0]}")
    manifest = read_list(data)
    is_signed = manifest["format"] == PACKAGE
    if is_signed:
        source.read(LIST_NOTE)  # refused where it is missing
        about = f"{manifest['kind']} request {manifest['request']}, made {manifest['made_at']}"
        say("manifest", f"signed by {', '.join(names)}; the answer to the {about}")
    check_listed(source, manifest["files"], {LIST, LIST_NOTE} if is_signed else {LIST})
    say_files(source, say)
    missing = ", ".join(each["holding"] for each in manifest["missing"])
    say("missing", f"left out, for reasons that the manifest gives: {missing}" if missing else "nothing was left out")
    if not is_signed:
        raise CannotCheckError(
            "the package is not signed, as none was before December 2026: its files agree with its own list, and "
            "whoever changed one could have changed the list"
        )
    say("outside", "no check shows that the office holds nothing else about you, or that its clock was right")


# --- The command --------------------------------------------------------------------------------------------------


def main(arguments: Optional[list[str]] = None) -> int:
    """Run the command and return its exit code; raises only what argparse raises."""
    about = "Check a bundle, package, receipt or certificate offline."
    parser = argparse.ArgumentParser(description=about, allow_abbrev=False)
    parser.add_argument("path", nargs="?", default=os.path.dirname(os.path.abspath(__file__)), metavar="PATH")
    parser.add_argument("--key", action="append", required=True, help="the log's public key, from outside the bundle")
    parser.add_argument(
        "--witness", action="append", default=[], metavar="KEY", help="a witness that must have cosigned"
    )
    parser.add_argument("--hashes-only", action="store_true", help="leave out what the leaves and the views say")
    parser.add_argument("--json", action="store_true", help="answer with one JSON object")
    parser.add_argument("--max-bytes", type=int, help="refuse an archive that unpacks to more")
    given = parser.parse_args(arguments)
    checks: list[dict[str, str]] = []

    def say(name: str, text: str) -> None:
        checks.append({"check": name, "says": text})
        if not given.json:
            _write(f"ok  {name}: {text}")

    code, fault = 0, None
    try:
        keys = [Key.parse(text) for text in given.key]
        witnesses = [Key.parse(text) for text in given.witness]
        if any(key.kind != 1 for key in keys):
            raise CannotCheckError("--key is for the log's key; a witness's goes with --witness")
        check(given, keys, witnesses, say)
    except TamperedError as error:
        code, fault = 1, str(error)
    except CannotCheckError as error:
        code, fault = 2, str(error)
    except (OSError, EOFError, zlib.error, zipfile.BadZipFile) as error:
        code, fault = 2, f"it cannot be read: {error or 'it ends too soon'}"
    except BaseException as error:  # a hostile file must not cause a traceback
        code, fault = 2, f"this check failed on it: {type(error).__name__}"
    if given.json:
        result = ("agrees", "tampered", "cannot check")[code]
        _write(json.dumps({"result": result, "exit": code, "fault": fault, "checks": checks}))
    else:
        _write(("All agrees.", f"TAMPERED: {fault}", f"Cannot check: {fault}")[code])
    return code


def check(given: argparse.Namespace, keys: list[Key], witnesses: list[Key], say: Say) -> None:
    """Check whatever lies at the path; raises the first difference."""
    small = _small(given.path)
    if small:
        (verify_receipt if small.startswith(RECEIPT) else verify_certificate)(small, keys, witnesses, say)
        return
    packed = 0 if os.path.isdir(given.path) else os.path.getsize(given.path)
    limit = given.max_bytes or (max(1 << 30, 100 * packed) if packed else sys.maxsize)
    with Source(given.path, limit) as source:
        source.take()
        if LIST in source.sizes:
            verify_package(source, keys, say)
        elif source.is_zip:
            raise CannotCheckError(f"it is a ZIP without {LIST}: no package")
        else:
            verify(source, keys, witnesses, say, hashes_only=given.hashes_only)


def _small(path: str) -> bytes:
    """Return a file that begins like a receipt or certificate, b"" for any other; CannotCheckError above a megabyte."""
    if os.path.isdir(path):
        return b""
    with open(path, "rb") as file:
        data = file.read(SMALL + 1)
    if not data.startswith((RECEIPT, CERTIFICATE)):
        return b""
    if len(data) > SMALL:
        raise CannotCheckError("it is too long for a receipt or a certificate")
    return data


def _write(text: str) -> None:
    """Print a line without control characters."""
    try:
        line = "".join(sign if sign.isprintable() else ascii(sign)[1:-1] for sign in text)
        sys.stdout.write(line.encode("ascii", "backslashreplace").decode() + "\n")
        sys.stdout.flush()
    except OSError:  # the reader is gone; the exit code remains
        sys.stdout = open(os.devnull, "w")


if __name__ == "__main__":
    sys.exit(main())
