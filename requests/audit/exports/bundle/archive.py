"""The archive: tar headers, evidence, manifest and signed note. Plain Python."""

import tarfile
from base64 import b64encode
from collections.abc import Iterable
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple
from uuid import UUID

from audit.log import canonical_json, rfc3339
from audit.merkle.checkpoint import Checkpoint

FORMAT = "omegaoffice-audit-bundle@v1"
EVIDENCE, CSV, OCSF = "entries.jsonl", "views/entries.csv", "views/ocsf.jsonl"
MANIFEST, MANIFEST_NOTE = "MANIFEST.json", "MANIFEST.note"
#: what ends a tar archive
END = b"\0" * 2 * tarfile.BLOCKSIZE
#: bytes that a ustar header can count
_USTAR_LIMIT = 8 << 30
_HERE = Path(__file__).parent


class Bundled(NamedTuple):
    """A file of the bundle as the manifest names it."""

    name: str
    size: int
    sha256: str


def header(export: UUID, name: str, size: int, made_at: datetime) -> bytes:
    """Return the tar header of one regular file; sizes from 8 GiB on are in base 256, as GNU tar writes them."""
    entry = tarfile.TarInfo(f"audit-{export}/{name}")
    entry.size, entry.mtime, entry.mode = size, int(made_at.timestamp()), 0o644
    return entry.tobuf(tarfile.USTAR_FORMAT if size < _USTAR_LIMIT else tarfile.GNU_FORMAT)


def padding(size: int) -> bytes:
    """Return the zeros that fill up a file's last block."""
    return b"\0" * (-size % tarfile.BLOCKSIZE)


def evidence(index: int, leaf: bytes, disclosures: Iterable[str] = ()) -> bytes:
    """Return one entry's line of the evidence; disclosures are RFC 9901 text, here sorted, each once."""
    texts = ",".join([f'"{text}"' for text in sorted(set(disclosures))]) if disclosures else ""
    return b'{"disclosures":[%b],"index":%d,"leaf":"%b"}\n' % (texts.encode("ascii"), index, b64encode(leaf))


def hash_lines(hashes: Iterable[bytes]) -> bytes:
    """Return hashes as text, in base64, one a line."""
    return b"".join(b64encode(hash_) + b"\n" for hash_ in hashes)


def manifest(
    *,
    export: UUID,
    wanted: dict[str, str],
    checkpoint: Checkpoint,
    previous: Checkpoint | None,
    first: int,
    end: int,
    entries: int,
    disclosures: int,
    missing: int,
    files: Iterable[Bundled],
    made_at: datetime,
) -> bytes:
    """Return MANIFEST.json."""
    return canonical_json.encode(
        {
            "checkpoint": _summary(checkpoint),
            "disclosures": disclosures,
            "disclosures_missing": missing,
            "entries": entries,
            "export": str(export),
            "files": [{"name": file.name, "sha256": file.sha256, "size": file.size} for file in files],
            "filter": wanted,
            "format": FORMAT,
            "made_at": rfc3339.write(made_at),
            "origin": checkpoint.origin,
            "previous": _summary(previous) if previous else None,
            "range": {"end": end, "first": first},
        }
    )


def note_text(origin: str, manifest_bytes: bytes) -> str:
    """Return the three lines that the log's key signs over a manifest."""
    return f"{FORMAT}\n{origin}\n{sha256(manifest_bytes).hexdigest()}\n"


def verifier() -> bytes:
    """Return verify.py, which is part of each bundle."""
    return (_HERE / "verify.py").read_bytes()


def readme() -> bytes:
    """Return README.txt."""
    return (_HERE / "README.txt").read_bytes()


def _summary(checkpoint: Checkpoint) -> dict[str, Any]:
    return {"root": b64encode(checkpoint.root).decode("ascii"), "size": checkpoint.size}
