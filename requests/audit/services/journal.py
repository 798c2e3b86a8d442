"""Tell erasures outside the database, beside the checkpoints: a restored backup must bring nobody back."""

import fcntl
import os
from pathlib import Path

import structlog
from django.conf import settings

from audit import checkpoints, times
from audit.erasure import Erasure, read_journal
from audit.events import SUBJECT_SHREDDED
from audit.models import Entry

_log = structlog.get_logger(__name__)
_NAME = "erasures"


def _path() -> Path:
    return Path(settings.AUDIT_CHECKPOINT_DIR) / _NAME


def published_erasures() -> list[Erasure]:
    """Return what the journal says; empty before the first. Raises JournalBrokenError, CannotCheckError."""
    try:
        text = _path().read_text(errors="replace")  # what is no text is no line: said as such
    except FileNotFoundError:
        return []
    return read_journal(text, settings.OFFICE_LOG_ORIGIN, checkpoints.verifiers())


def publish_erasures() -> int:
    """Add a signed line for each erasure in the log that the journal does not have; return how many.

    Only a process with the log's key can: elsewhere the worker's task does it within minutes.
    """
    if not settings.OFFICE_LOG_KEY:
        _log.info("erasures_not_published", reason="no log key in this process")
        return 0
    lines = Entry.objects.filter(event=SUBJECT_SHREDDED.name).order_by("id").values_list("id", "subject", "time")
    path, origin = _path(), settings.OFFICE_LOG_ORIGIN
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("a+b") as file:
        fcntl.flock(file, fcntl.LOCK_EX)  # the lock goes with the file
        file.seek(0)
        text = file.read().decode(errors="replace")
        known = read_journal(text, origin, checkpoints.verifiers())
        told = {erasure.reference for erasure in known}
        fresh: list[str] = []
        for entry, subject, time in lines.iterator():
            if subject is None or subject in told:
                continue
            told.add(subject)
            line = Erasure(len(known) + len(fresh) + 1, subject, times.write(time), str(entry))
            fresh.append(line.sign(checkpoints.signer(), origin) + "\n")
        if fresh:
            file.truncate(len(text[: text.rfind("\n") + 1].encode()))  # what a crash left of a line goes
            file.write("".join(fresh).encode())
            file.flush()
            os.fsync(file.fileno())
    return len(fresh)
