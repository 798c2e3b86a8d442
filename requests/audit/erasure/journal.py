"""Publish erasures outside the database, next to the checkpoints, so that they survive the restore of a backup."""

import fcntl
import os
from pathlib import Path

import structlog
from django.conf import settings

from audit.log import rfc3339
from audit.log.events import SUBJECT_SHREDDED
from audit.log.models import Entry
from audit.tree import checkpoints

from .journal_format import Erasure, read_journal

_log = structlog.get_logger(__name__)
_NAME = "erasures"


def _path() -> Path:
    return Path(settings.AUDIT_CHECKPOINT_DIR) / _NAME


def published_erasures() -> list[Erasure]:
    """Return the journal's erasures; empty before the first. Raises JournalBrokenError, CannotCheckError."""
    try:
        text = _path().read_text(errors="replace")  # invalid bytes then make an invalid line
    except FileNotFoundError:
        return []
    return read_journal(text, settings.OFFICE_LOG_ORIGIN, checkpoints.verifiers())


def publish_erasures() -> int:
    """Add a signed line for each erasure in the log that the journal lacks; return how many.

    Needs the log's key: for processes without it the worker's task does it within minutes.
    """
    if not settings.OFFICE_LOG_KEY:
        _log.info("erasures_not_published", reason="no log key in this process")
        return 0
    entries = Entry.objects.filter(event=SUBJECT_SHREDDED.name).order_by("id").values_list("id", "subject", "time")
    path, origin = _path(), settings.OFFICE_LOG_ORIGIN
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # released when the file is closed
        file.seek(0)
        text = file.read().decode(errors="replace")
        known = read_journal(text, origin, checkpoints.verifiers())
        published = {erasure.reference for erasure in known}
        added: list[str] = []
        for entry, subject, time in entries.iterator():
            if subject is None or subject in published:
                continue
            published.add(subject)
            line = Erasure(len(known) + len(added) + 1, subject, rfc3339.write(time), str(entry))
            added.append(line.sign(checkpoints.signer(), origin) + "\n")
        if added:
            file.truncate(len(text[: text.rfind("\n") + 1].encode()))  # drop an unfinished line that a crash left
            file.write("".join(added).encode())
            file.flush()
            os.fsync(file.fileno())
    return len(added)
