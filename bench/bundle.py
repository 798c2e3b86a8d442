"""What checking a bundle costs, beside `sha256sum` of the same bytes: bench/bundle.py [--json] [--entries 1000000].

A bundle of a whole log is made, every tenth entry with two disclosures, as a folder and as `.tar.gz`. verify.py runs
as an auditor runs it, between two turns of `sha256sum` over the folder's files; ratios are of processor seconds, as
others on the machine stretch the clock on the wall. Memory is the kernel's high-water mark.
"""

import argparse
import gzip
import json
import os
import platform
import resource
import shutil
import subprocess
import sys
import tempfile
from base64 import b64encode
from hashlib import file_digest
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
sys.path[:0] = [str(ROOT), str(ROOT / "requests")]

from logbench.rounds import Row

from audit.exports import csv_format, ocsf
from audit.exports.bundle import archive
from audit.log import canonical_json
from audit.merkle import tree
from audit.merkle.checkpoint import Checkpoint
from audit.merkle.hashing import leaf_hash
from audit.merkle.signed_notes import Note
from tests.audit.exports.bundle_builder import KEY, ORIGIN, SIGNER, START, VERIFIER, make_leaf

BLOCK = 8192
#: name → options, and how many times sha256sum it may cost
PATHS = {"everything": ([], 10.0), "--hashes-only": (["--hashes-only"], 4.0)}
#: runs the script, then says its own high-water mark; `ru_maxrss` would count what the parent held
MEASURED = """
import runpy, sys
sys.argv = sys.argv[1:]
try:
    runpy.run_path(sys.argv[0], run_name="__main__")
finally:
    print(*[line.split()[1] for line in open("/proc/self/status") if line.startswith("VmHWM")], file=sys.stderr)
"""


def make(folder: Path, count: int) -> None:
    """Write a bundle of `count` entries; verify.py finds nothing wrong with it."""
    (folder / "views").mkdir(parents=True)
    edge, waiting, disclosures = tree.EMPTY, [], 0
    names = [archive.EVIDENCE, "hashes", archive.CSV, archive.OCSF]
    lines, hashes, table, events = files = [(folder / name).open("wb") for name in names]
    table.write(csv_format.HEADER)
    for index in range(count):
        personal = [] if index % 10 else [("name", "Ada Lovelace"), ("ip", "192.0.2.7")]
        payload = {"case": f"HA-2026-{index % 5:06}", "item": "x" * 24, "count": index}
        leaf, shown = make_leaf(index, personal=personal, payload=payload)
        data = canonical_json.encode(leaf)
        disclosures += len(shown)
        waiting.append(leaf_hash(data))
        lines.write(archive.evidence(index, data, shown))
        hashes.write(waiting[-1])
        table.write(csv_format.row(index, leaf))
        events.write(ocsf.row(index, leaf))
        if len(waiting) == BLOCK:
            edge, waiting = tree.extend(edge, waiting)[0], []
    for file in files:
        file.close()
    head = Checkpoint(ORIGIN, count, tree.root(tree.extend(edge, waiting)[0]))
    (folder / "range-proof").write_bytes(b"")
    (folder / "checkpoint").write_bytes(head.sign(SIGNER))
    names += ["range-proof", "checkpoint"]
    bundled = [archive.Bundled(name, (folder / name).stat().st_size, digest(folder / name)) for name in names]
    said = {"checkpoint": {"root": b64encode(head.root).decode(), "size": count}, "range": {"first": 0, "end": count}}
    manifest = canonical_json.encode(
        said
        | {"entries": count, "disclosures": disclosures, "export": "bench", "filter": {}, "format": archive.FORMAT}
        | {"made_at": "2026-03-03T09:30:00.000000Z", "origin": ORIGIN, "previous": None}
        | {"files": [{"name": file.name, "sha256": file.sha256, "size": file.size} for file in bundled]}
    )
    (folder / archive.MANIFEST).write_bytes(manifest)
    note = Note.sign(archive.note_text(ORIGIN, manifest), SIGNER)
    (folder / archive.MANIFEST_NOTE).write_bytes(note.encode())


def digest(path: Path) -> str:
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def pack(folder: Path, path: Path) -> Path:
    """Write the folder as `.tar.gz`, the files in the order of the format."""
    order = [archive.EVIDENCE, "hashes", "range-proof", archive.CSV, archive.OCSF, "checkpoint"]
    with gzip.open(path, "wb", 1) as whole:
        for name in [*order, archive.MANIFEST, archive.MANIFEST_NOTE]:
            size = (folder / name).stat().st_size
            whole.write(archive.header("bench", name, size, START))  # type: ignore[arg-type]
            with (folder / name).open("rb") as file:
                shutil.copyfileobj(file, whole, 1 << 20)
            whole.write(archive.padding(size))
        whole.write(archive.END)
    return path


def seconds(command: list[str]) -> tuple[float, str]:
    """Run a command; return its processor seconds and what it wrote to the error channel."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime, done.stderr


def measure(scratch: Path, entries: int, rounds: int) -> list[Row]:
    folder = scratch / "bundle"
    make(folder, entries)
    packed = pack(folder, scratch / "bundle.tar.gz")
    files = [str(path) for path in folder.rglob("*") if path.is_file()]
    turns: dict[str, list[tuple[float, float, int]]] = {}
    plain = []
    for _ in range(rounds):
        first = seconds(["sha256sum", *files])[0]
        for place, path in (("folder", folder), (".tar.gz", packed)):
            for name, (options, _goal) in PATHS.items():
                command = [sys.executable, "-I", "-S", "-c", MEASURED, str(VERIFIER), str(path), "--key", KEY, *options]
                taken, peak = seconds(command)
                second = seconds(["sha256sum", *files])[0]
                turns.setdefault(f"verify.py, {place}, {name}", []).append(
                    (taken, taken / ((first + second) / 2), int(peak))
                )
                plain.append(second)
                first = second
    rows = [Row("bundle", f"sha256sum of the {entries:,} entries' bundle", "s", plain)]
    for name, found in turns.items():
        goal = PATHS[name.split(", ")[-1]][1]
        values, ratios, peaks = zip(*found, strict=True)
        more = {"peak_mb": round(max(peaks) / 1024, 1)}
        rows.append(Row("bundle", name, "s", values, "sha256sum", ratios, goal, low_is_good=True, more=more))
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true")
    parser.add_argument("--entries", type=int, default=1_000_000)
    parser.add_argument("--rounds", type=int, default=3)
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="office-bench-") as scratch:
        rows = measure(Path(scratch), asked.entries, asked.rounds)
    if asked.json:
        about = {"python": platform.python_version(), "cores": os.cpu_count(), "load_average": os.getloadavg()}
        print(json.dumps({"machine": about, "rows": [row.as_json() for row in rows]}, indent=1))
        return
    for row in rows:
        print(row.as_text())


if __name__ == "__main__":
    main()
