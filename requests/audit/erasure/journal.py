"""Publish erasures outside the database, next to the checkpoints, so that they survive the restore of a backup."""

import fcntl
import os
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import orjson
import structlog
from django.conf import settings

from audit.errors import CannotCheckError, ErasuresNotReplayedError
from audit.log import rfc3339
from audit.log.actors import machine
from audit.log.append import append
from audit.log.events import ERASURES_PUBLISHED, SUBJECT_SHREDDED
from audit.log.models import Entry
from audit.tree import checkpoints
from core import db
from vault.services import destroyed_among

from .journal_format import Erasure, read_journal

_log = structlog.get_logger(__name__)
_NAME = "erasures"
_BATCH = 1000


def _path() -> Path:
    return Path(settings.AUDIT_CHECKPOINT_DIR) / _NAME


def published_erasures() -> list[Erasure]:
    """Return the journal's erasures; empty before the first. Raises JournalBrokenError, CannotCheckError."""
    try:
        text = _path().read_text(errors="replace")  # invalid bytes then make an invalid line
    except FileNotFoundError:
        return []
    except OSError as error:
        raise CannotCheckError(f"The journal of erasures cannot be read: {type(error).__name__}.") from None
    return read_journal(text, settings.OFFICE_LOG_ORIGIN, checkpoints.verifiers())


def _logged_length() -> int:
    """Return how many lines the journal has by the log; 0 for a process without a role that sees such entries.

    The role of users' own pages sees each user's entries alone; the staff's role, in the same process, sees these.
    """
    role = "staff" if db.current() == "default" and "staff" in settings.DATABASES else db.current()
    with db.use_role(role):
        entry = Entry.objects.filter(event=ERASURES_PUBLISHED.name).order_by("-id").first()
    return int(orjson.loads(bytes(entry.leaf))["payload"]["count"]) if entry is not None else 0


def count_missing(erasures: Sequence[Erasure]) -> int:
    """Return how many lines the journal lacks of those that the log counted: it was cut off, or an old one put back."""
    return max(_logged_length() - len(erasures), 0)


def refuse_unreplayed_erasures() -> None:
    """Raise ErasuresNotReplayedError where the databases do not carry out what the journal says.

    A person in it must be erased by the log, and where this process has a connection to the vault, their key must be
    destroyed there. A journal with fewer lines than the log counted was cut off or put back. A process that does not
    see the journal cannot tell. Raises JournalBrokenError, CannotCheckError.
    """
    if not settings.OFFICE_LOG_KEY and not _path().exists():
        return  # a process that neither writes the journal nor sees it
    erasures = published_erasures()
    if missing := count_missing(erasures):
        raise ErasuresNotReplayedError(missing=missing)
    owed = 0
    for start in range(0, len(erasures), _BATCH):
        references = [erasure.reference for erasure in erasures[start : start + _BATCH]]
        unknown = "SELECT r.reference FROM unnest(%s::text[]) AS r (reference) WHERE NOT audit_is_erased(r.reference)"
        found = {reference for (reference,) in db.select_rows(unknown, [references])}
        if "vault" in settings.DATABASES:
            found |= set(references) - destroyed_among(references)
        owed += len(found)
    if owed:
        raise ErasuresNotReplayedError(owed=owed)


def publish_erasures(*, now: datetime) -> int:
    """Add a signed line for each erasure in the log that the journal lacks; return how many.

    An entry of the log says how many lines there are then. Needs the log's key: for processes without it the worker's
    task does it within minutes.
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
        if missing := count_missing(known):
            _log.error("erasures_missing_from_journal", missing=missing)  # those that the log names are written again
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
        length = len(known) + len(added)
        if length > _logged_length():
            with db.atomic():
                append(ERASURES_PUBLISHED, actor=machine("journal"), subject=None, now=now, payload={"count": length})
    return len(added)
