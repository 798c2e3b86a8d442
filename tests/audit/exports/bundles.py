"""Exports made and checked in tests: entries to export, the worker's run, the archive, `verify.py`."""

import contextlib
import gzip
import io
import json
import subprocess
import sys
import tarfile
from pathlib import Path

import zstandard
from django.db import connections

from audit.exports.download import open_archive
from audit.exports.models import Export
from audit.exports.request_export import request_export
from audit.exports.run import run_export
from audit.log import canonical_json, event_types, rfc3339, uuid7
from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.log.models import Entry
from audit.search.filters import Filter
from audit.sequencer.sequence import sequence
from audit.tree import checkpoints
from core import db

VERIFY = Path(__file__).parents[3] / "requests" / "audit" / "exports" / "bundle" / "verify.py"
COUNTED = EventType("audit.test.counted", "counted {number}", {"number": int, "case": str})
NAMED = EventType(
    "audit.test.named", "named", {"case": str}, {"staff_name": "actor", "name": "subject", "both": "both"}
)
AUDITOR = Actor("staff", "a" * 32)
EVERYTHING = Filter()
CASE, OTHER_CASE = "RR-2026-000123", "RR-2026-000124"


def prepare(settings, tmp_path, monkeypatch):
    """Keep checkpoints and files in a folder of the test's own, and know its events."""
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    local = {
        **settings.STORAGES["default"],
        "OPTIONS": {**settings.STORAGES["default"]["OPTIONS"], "location": str(tmp_path / "files")},
    }
    settings.STORAGES = {**settings.STORAGES, "default": local}
    for event in (COUNTED, NAMED):
        monkeypatch.setitem(event_types._events, event.name, event)


def add(count, now, *, case=CASE, tree=True):
    """Append entries, and take them into the signed tree."""
    with db.use_role("worker"), db.atomic():
        for number in range(count):
            append(COUNTED, actor=machine("t"), subject=None, now=now, payload={"number": number, "case": case})
    if tree:
        grow(now)


def grow(now):
    """Take what is pending into the signed tree."""
    with db.use_role("sequencer"):
        return sequence(now)


def ask(now, wanted=EVERYTHING, **more):
    """Ask as an auditor with the role of staff."""
    with db.use_role("staff"):
        return request_export(wanted, actor=AUDITOR, now=now, **more)


def run(export, now, **more):
    """Run as the worker would."""
    with db.use_role("worker"):
        return run_export(export.pk, clock=lambda: now, **more)


def fresh(export):
    """Read the row again."""
    with db.use_role("staff"):
        return Export.objects.get(pk=export.pk)


def logged(event):
    """Return the log's entries of one kind."""
    with db.use_role("auditor"):
        return list(Entry.objects.filter(event=event).order_by("id"))


def fetch(export, now):
    """Return the archive's bytes."""
    with db.use_role("staff"), open_archive(export, actor=AUDITOR, now=now) as reader:
        return b"".join(reader.read_range())


def unpack(data):
    """Return name → bytes of an archive, in its order."""
    if data.startswith(zstandard.FRAME_HEADER):
        data = zstandard.ZstdDecompressor().stream_reader(io.BytesIO(data), read_across_frames=True).read()
    else:
        data = gzip.decompress(data)
    with tarfile.open(fileobj=io.BytesIO(data)) as tar:
        return {member.name.partition("/")[2]: tar.extractfile(member).read() for member in tar.getmembers()}


def export_files(now, wanted=EVERYTHING, **more):
    """Ask, run, fetch and unpack; return the row and the files."""
    export = ask(now, wanted, **more)
    assert run(export, now), fresh(export).error
    export = fresh(export)
    return export, unpack(fetch(export, now))


def evidence(files):
    """Return the parsed lines of the evidence."""
    return [json.loads(line) for line in files["entries.jsonl"].splitlines()]


def verify_files(files, folder):
    """Write the files out, run the bundle's own verifier on them in a process of its own; return code and output."""
    for name, data in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
    return verify_path(folder, folder / "verify.py")


def verify_path(path, script=VERIFY):
    """Run a verifier on a folder or an archive; return its exit code and output."""
    key = checkpoints.verifiers()[0].encode()
    command = [sys.executable, "-I", str(script), str(path), "--key", key]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.returncode, done.stdout + done.stderr


@contextlib.contextmanager
def segments_of(count, monkeypatch):
    """Cut exports into small segments."""
    with monkeypatch.context() as patch:
        patch.setattr("audit.exports.plan.SEGMENT", count)
        yield


def fill(count, now):
    """Put in many entries at once, as `append` would write them one by one; they are pending."""
    with connections["owner"].cursor() as cursor:
        columns = "id, leaf, time, actor, event, outcome, subject, case_ref"
        with cursor.copy(f"COPY audit_entry ({columns}) FROM STDIN (FORMAT BINARY)") as copy:
            copy.set_types(["uuid", "bytea", "timestamptz", *["text"] * 5])
            for number in range(count):
                entry, subject, case = uuid7.uuid7(now), f"{number % 5000:032x}", f"RR-2026-{number % 20000:06}"
                leaf = {
                    "version": 1,
                    "id": str(entry),
                    "time": rfc3339.write(now),
                    "actor": str(AUDITOR),
                    "event": COUNTED.name,
                    "event_version": 1,
                    "outcome": "ok",
                    "subject": subject,
                    "request": "0123456789abcdef0123",
                    "payload": {"case": case, "number": number},
                    "sd": [],
                }
                copy.write_row(
                    (entry, canonical_json.encode(leaf), now, str(AUDITOR), COUNTED.name, "ok", subject, case)
                )
        cursor.execute("ANALYZE audit_entry, audit_leaf")
