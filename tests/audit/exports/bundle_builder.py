"""Bundles by the book (docs/formats/bundle.md), made plainly: every part can be altered before it is signed."""

import gzip
import io
import json
import tarfile
from base64 import b64encode
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from pathlib import Path

from audit.exports import csv_format, ocsf
from audit.exports.bundle import verify
from audit.log import canonical_json, disclosures, rfc3339
from audit.log.uuid7 import uuid7
from audit.merkle.checkpoint import Checkpoint
from audit.merkle.hashing import leaf_hash, node_hash
from audit.merkle.signed_notes import Note, Signer

ORIGIN = "omega.example/log"
SIGNER = Signer(ORIGIN, b"\x07" * 32)
KEY = SIGNER.verifier.encode()
VERIFIER = Path(verify.__file__)
START = datetime(2026, 3, 3, 9, 30, tzinfo=UTC)
SIGNED = ("MANIFEST.json", "MANIFEST.note")


def make_leaf(number, *, event="humanaccess.item.read", personal=(), **changes):
    """Return the leaf of the `number`th entry as an object, and the disclosures of its personal fields."""
    at = START + timedelta(milliseconds=137 * number)
    made = [disclosures.make(name, value) for name, value in personal]
    leaf = {
        "version": 1,
        "id": str(uuid7(at)),
        "time": rfc3339.write(at),
        "actor": "staff:" + f"{number % 7:032x}",
        "event": event,
        "event_version": 1,
        "outcome": ("ok", "refused")[number % 3 == 2],
        "subject": f"{number % 5:032x}" if number % 4 else None,
        "request": f"{number:032x}" if number % 6 else "",
        "payload": {"case": f"HA-2026-{number % 5:06}", "item": "=1+1", "note": 'a "quoted", two-line\ncafé'},
        "sd": sorted(digest for _, digest in made),
    }
    return leaf | changes, sorted(disclosure for disclosure, _ in made)


def root_of(hashes):
    """RFC 9162 section 2.1.1, word for word."""
    if len(hashes) < 2:
        return hashes[0] if hashes else sha256().digest()
    split = 1 << (len(hashes) - 1).bit_length() - 1
    return node_hash(root_of(hashes[:split]), root_of(hashes[split:]))


def consistency(old, hashes):
    """RFC 9162 section 2.1.4.1, word for word."""

    def sub(size, part, whole):
        if size == len(part):
            return [] if whole else [root_of(part)]
        split = 1 << (len(part) - 1).bit_length() - 1
        if size <= split:
            return [*sub(size, part[:split], whole), root_of(part[split:])]
        return [*sub(size - split, part[split:], False), root_of(part[:split])]

    return sub(old, hashes, True)


def covers(start, end):
    """Return the ranges of the maximal complete subtrees of [start, end), from the left."""
    found = []
    while start < end:
        width = 1
        while start % (width * 2) == 0 and start + width * 2 <= end:
            width *= 2
        found.append((start, start + width))
        start += width
    return found


def encoded(hashes):
    return b"".join(b64encode(each) + b"\n" for each in hashes)


@dataclass
class Bundle:
    """What goes into a bundle; `files()` writes it, `sign` makes it whole again after a change."""

    entries: list
    size: int
    keep: list
    wanted: dict = field(default_factory=dict)
    previous: int | None = None
    signers: tuple = (SIGNER,)

    def files(self):
        leaves = [canonical_json.encode(leaf) for leaf, _ in self.entries]
        hashes = [leaf_hash(leaf) for leaf in leaves]
        first, end = (self.keep[0], self.keep[-1] + 1) if self.keep else (0, 0)
        lines = [
            {"disclosures": self.entries[n][1], "index": n, "leaf": b64encode(leaves[n]).decode()} for n in self.keep
        ]
        proof = [root_of(hashes[a:b]) for a, b in [*covers(0, first), *covers(end, self.size)]]
        trees = [(self.size, root_of(hashes[: self.size]))]
        files = {
            "entries.jsonl": b"".join(canonical_json.encode(line) + b"\n" for line in lines),
            "hashes": b"".join(hashes[first:end]),
            "range-proof": encoded(proof),
            "views/entries.csv": csv_format.HEADER + b"".join(csv_format.row(n, self.entries[n][0]) for n in self.keep),
            "views/ocsf.jsonl": b"".join(ocsf.row(n, self.entries[n][0]) for n in self.keep),
            "checkpoint": Checkpoint(ORIGIN, *trees[0]).sign(*self.signers),
        }
        if self.previous:
            trees.append((self.previous, root_of(hashes[: self.previous])))
            files["previous-checkpoint"] = Checkpoint(ORIGIN, *trees[1]).sign(*self.signers)
            files["consistency"] = encoded(consistency(self.previous, hashes[: self.size]))
        files |= {"verify.py": VERIFIER.read_bytes(), "README.txt": b"How to run verify.py.\n"}
        summaries = [{"root": b64encode(root).decode(), "size": size} for size, root in trees]
        manifest = {
            "checkpoint": summaries[0],
            "disclosures": sum(len(line["disclosures"]) for line in lines),
            "entries": len(lines),
            "export": "0195f2d4-0000-7000-8000-000000000001",
            "filter": self.wanted,
            "format": "omegaoffice-audit-bundle@v1",
            "made_at": rfc3339.write(START),
            "origin": ORIGIN,
            "previous": summaries[1] if self.previous else None,
            "range": {"first": first, "end": end},
        }
        return sign(files, manifest, *self.signers)


def sign(files, changes=None, *signers, text=None):
    """Return the files with a manifest that fits them, signed with the log's key."""
    old = json.loads(files.get("MANIFEST.json", b"{}"))
    plain = {name: data for name, data in files.items() if name not in SIGNED}
    listed = [{"name": name, "sha256": sha256(data).hexdigest(), "size": len(data)} for name, data in plain.items()]
    manifest = canonical_json.encode({**old, "files": listed, **(changes or {})})
    return plain | resign(manifest, *signers)


def resign(manifest, *signers, text=None):
    text = text or f"omegaoffice-audit-bundle@v1\n{ORIGIN}\n{sha256(manifest).hexdigest()}\n"
    return {"MANIFEST.json": manifest, "MANIFEST.note": Note.sign(text, *(signers or (SIGNER,))).encode()}


def unpacked(folder, files):
    """Write the files as a folder."""
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def packed(path, files, *, folder="audit-0195f2d4-0000-7000-8000-000000000001"):
    """Write the files as an archive: .tar or .tar.gz by its name."""
    whole = io.BytesIO()
    with tarfile.open(fileobj=whole, mode="w", format=tarfile.GNU_FORMAT) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(f"{folder}/{name}")
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    path.write_bytes(gzip.compress(whole.getvalue(), 1) if path.suffix == ".gz" else whole.getvalue())
    return path


def plain_bundle():
    """Return a bundle of a part of a log: indexes 5 to 28, every other one in the evidence, some with disclosures."""
    entries = [
        make_leaf(n, personal=[("name", f"Ada {n}"), ("ip", "192.0.2.7")] if n % 3 == 0 else []) for n in range(37)
    ]
    return Bundle(entries, 37, list(range(5, 30, 2)), {"event": "humanaccess.item.read"}, previous=21)
