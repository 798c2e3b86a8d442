"""What notes are called where files are kept: the newest, and one an hour for good."""

from datetime import UTC, datetime

from audit.notes import Checkpoint, Note

#: the newest note
LATEST = "checkpoint"


def hourly(now: datetime) -> str:
    """Return the name under which the first note of an hour stays: some nine thousand small files a year."""
    return f"{now.astimezone(UTC):%Y-%m-%dT%H}Z.note"


def size_of(note: bytes) -> int:
    """Return the size that a note names, unverified; raises NoteError."""
    return Checkpoint.parse(Note.parse(note).text).size
