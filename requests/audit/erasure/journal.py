"""Publish erasures outside the database, next to the checkpoints, so that they survive the restore of a backup."""

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import datetime
from io import BytesIO
from itertools import islice
from pathlib import Path
from typing import BinaryIO

import orjson
import structlog
from django.conf import settings

from audit.errors import CannotCheckError, ContradictedError, DeliveryError, ErasuresNotReplayedError, JournalShortError
from audit.log import rfc3339
from audit.log.actors import machine
from audit.log.append import append
from audit.log.events import ERASURES_PUBLISHED, SUBJECT_SHREDDED
from audit.log.models import Entry
from audit.merkle.journal_length import JournalLength, RunningLength
from audit.publishing import destinations, published
from audit.tree import checkpoints
from core import db
from vault.services import destroyed_among

from .journal_format import MAX_LINE_BYTES, Erasure, compare_lengths, read_journal

_log = structlog.get_logger(__name__)
_NAME = "erasures"
_BATCH = 1000
_NOT_ERASED = "SELECT r.reference FROM unnest(%s::text[]) AS r (reference) WHERE NOT audit_is_erased(r.reference)"


def _path() -> Path:
    return Path(settings.AUDIT_CHECKPOINT_DIR) / _NAME


def is_journal_seen() -> bool:
    """Return whether this process writes the journal or sees it; another one cannot tell what it lacks."""
    return bool(settings.OFFICE_LOG_KEY) or _path().exists()


def published_erasures(*, all_signatures: bool = True) -> Iterator[Erasure]:
    """Yield the journal's erasures in constant memory; nothing before the first.

    Without `all_signatures`, the signed length beside the journal stands for those of the lines that it covers.
    Raises JournalBrokenError, CannotCheckError.
    """
    with _opened() as file:
        yield from _read(file, 0 if all_signatures else _vouched(file))


@contextmanager
def _opened() -> Iterator[BinaryIO]:
    """Open the journal for reading; an empty one before the first erasure."""
    try:
        with _path().open("rb") if _path().exists() else BytesIO() as file:
            yield file
    except OSError as error:
        raise CannotCheckError(f"The journal of erasures cannot be read: {type(error).__name__}.") from None


def _read(file: BinaryIO, vouched: int = 0) -> Iterator[Erasure]:
    return read_journal(file, settings.OFFICE_LOG_ORIGIN, checkpoints.verifiers(), vouched=vouched)


def _vouched(file: BinaryIO) -> int:
    """Return how many lines the folder's signed length names correctly: one signature for all of them."""
    try:
        signed = published.read_length(destinations.folder())
    except (ContradictedError, DeliveryError):  # named when lengths are compared
        return 0
    length, running = None, RunningLength(settings.OFFICE_LOG_ORIGIN)
    for erasure in islice(_read(file, signed.count), signed.count) if signed is not None else ():
        length = running.add(erasure.reference)
    file.seek(0)
    return signed.count if signed is not None and length == signed else 0


def _logged_length() -> tuple[JournalLength, str]:
    """Return how many lines the journal has by the log; 0 for a process without a role that sees such entries.

    The role of users' own pages sees each user's entries alone; the staff's role, in the same process, sees these.
    """
    role = "staff" if db.current() == "default" and "staff" in settings.DATABASES else db.current()
    with db.use_role(role):
        entry = Entry.objects.filter(event=ERASURES_PUBLISHED.name).order_by("-id").first()
    count = int(orjson.loads(bytes(entry.leaf))["payload"]["count"]) if entry is not None else 0
    return JournalLength(settings.OFFICE_LOG_ORIGIN, count), "the log counted"


def _known_lengths(*, local: bool = False) -> tuple[list[tuple[JournalLength, str]], list[str]]:
    """Return the lengths by the log, then by each destination, and sentences about those that cannot be read.

    Read them before the journal, which only grows. Raises ContradictedError.
    """
    known, faults = [_logged_length()], []
    for destination in destinations.configured():
        try:
            if (destination.local or not local) and (length := published.read_length(destination)) is not None:
                known.append((length, f"were published to the {destination.name}"))
        except DeliveryError as error:
            faults.append(str(error))
    return known, faults


def check_journal() -> list[str]:
    """Compare every line of the journal with its signature, and all of it with the lengths that are known.

    Returns sentences about what cannot be compared: so is a shorter journal for a process without the log's key, for
    it may read a copy that is older than the log. Raises JournalBrokenError, ContradictedError, CannotCheckError.
    """
    known, faults = _known_lengths()
    if is_journal_seen():
        try:
            for _erasure in compare_lengths(published_erasures(), known):
                pass
        except JournalShortError as error:
            if settings.OFFICE_LOG_KEY:
                raise
            faults.append(f"{error}; an older copy, or it was cut off.")
    elif longest := max(each.count for each, _knower in known):
        faults.append(f"The journal of erasures is not here, and once had {longest} lines.")
    return faults


def check_journal_end() -> None:
    """Raise JournalShortError where the journal's last line says that it is too short; reads no other line.

    For what is asked every few seconds. Compares with the log and with destinations on this machine; raises
    CannotCheckError where one of them cannot be read.
    """
    if not is_journal_seen():
        return
    known, faults = _known_lengths(local=True)
    if faults:
        raise CannotCheckError(faults[0])
    longest, knower = max(known, key=lambda each: each[0].count)
    with _opened() as file:
        length, _bytes = _end(file)
    if length < longest.count:
        raise JournalShortError(longest.count - length, knower)


def _end(file: BinaryIO) -> tuple[int, int]:
    """Return the number of the journal's last whole line, and how many bytes the whole lines have."""
    start = max(file.seek(0, os.SEEK_END) - 2 * MAX_LINE_BYTES, 0)
    file.seek(start)
    whole = file.read().rpartition(b"\n")[0]
    number = whole.rpartition(b"\n")[2].partition(b" ")[0]
    return int(number) if number.isdigit() else 0, start + len(whole) + bool(whole)


def refuse_unreplayed_erasures() -> None:
    """Raise ErasuresNotReplayedError where the databases do not carry out what the journal says.

    A person in it must be erased by the log, and where this process has a connection to the vault, their key must be
    destroyed there. A journal with fewer lines than the log counted, or than were published to a destination, was cut
    off or put back. A process that does not see the journal cannot tell. A destination that cannot be read does not
    stop the start. Raises JournalBrokenError, ContradictedError, CannotCheckError.
    """
    if not is_journal_seen():
        return
    known, faults = _known_lengths()
    for fault in faults:
        _log.error("erasures_length_not_compared", reason=fault)
    owed = 0
    try:
        erasures = compare_lengths(published_erasures(all_signatures=False), known)
        while references := [erasure.reference for erasure in islice(erasures, _BATCH)]:
            found = {reference for (reference,) in db.select_rows(_NOT_ERASED, [references])}
            if "vault" in settings.DATABASES:
                found |= set(references) - destroyed_among(references)
            owed += len(found)
    except JournalShortError as error:
        raise ErasuresNotReplayedError(missing=error.missing, knower=error.knower) from None
    if owed:
        raise ErasuresNotReplayedError(owed=owed)


def publish_erasures(*, now: datetime) -> int:
    """Add a signed line for each erasure in the log that the journal lacks, then sign its length; return how many.

    An entry of the log says how many lines there are then. Needs the log's key: for processes without it the worker's
    task does it within minutes. Holds the references in memory, some 100 bytes a person.
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
        journal, references = _read(file, _vouched(file)), set[str]()
        length, running = JournalLength(origin), RunningLength(origin)
        try:
            for erasure in compare_lengths(journal, [_logged_length()]):
                references.add(erasure.reference)
                length = running.add(erasure.reference)
        except JournalShortError as error:  # those that the log names are written again
            _log.error("erasures_missing_from_journal", missing=error.missing)
        added: list[str] = []
        for entry, subject, time in entries.iterator():
            if subject is None or subject in references:
                continue
            references.add(subject)
            length = running.add(subject)
            line = Erasure(length.count, subject, rfc3339.write(time), str(entry))
            added.append(line.sign(checkpoints.signer(), origin) + "\n")
        if added:
            file.truncate(_end(file)[1])  # drop an unfinished line that a crash left
            file.write("".join(added).encode())
            file.flush()
            os.fsync(file.fileno())
        if length.count > _logged_length()[0].count:
            payload = {"count": length.count}
            with db.atomic():
                append(ERASURES_PUBLISHED, actor=machine("journal"), subject=None, now=now, payload=payload)
        if length.count:
            _put_length(length)
    return len(added)


def _put_length(length: JournalLength) -> None:
    try:
        destinations.folder().put_length(length.sign(*checkpoints.signers()))
    except DeliveryError as error:  # the lines are written and logged: the next call tries again
        _log.error("erasures_length_not_written", reason=str(error))
