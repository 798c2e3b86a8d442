"""The log's signature and where signed heads are kept outside the database."""

from fcntl import LOCK_EX, flock
from functools import cache
from pathlib import Path

from django.conf import settings

from .errors import CannotCheckError
from .notes import Checkpoint, NoteError, Signer, Verifier, open_checkpoint

_LATEST = "checkpoint"


@cache
def _signer(seed: str, origin: str) -> Signer:
    return Signer(origin, bytes.fromhex(seed))


def signer() -> Signer:
    """Return the log's key; only the sequencer's process needs it."""
    return _signer(settings.OFFICE_LOG_KEY, settings.OFFICE_LOG_ORIGIN)


def verifiers() -> list[Verifier]:
    """Return the public keys that vouch for the log: OFFICE_LOG_VERIFIERS, else the one of our own key.

    Raises CannotCheckError where neither is given: a missing key must not look like a broken signature.
    """
    given = settings.OFFICE_LOG_VERIFIERS
    if not given and not settings.OFFICE_LOG_KEY:
        raise CannotCheckError("Checking signatures needs the log's public key: set OFFICE_LOG_VERIFIERS.")
    return [Verifier.parse(text) for text in given] if given else [signer().verifier]


def signed(size: int, root: bytes) -> bytes:
    """Return the signed note of one head."""
    return Checkpoint(settings.OFFICE_LOG_ORIGIN, size, root).sign(signer())


def opened(note: bytes) -> Checkpoint:
    """Return the checkpoint in a note that our key signed; raises NoteError otherwise."""
    return open_checkpoint(note, settings.OFFICE_LOG_ORIGIN, verifiers())


def publish(size: int, note: bytes) -> None:
    """Keep the note in AUDIT_CHECKPOINT_DIR, under its size and as the latest; a reader never sees half of it.

    Two who publish at once take turns, so that the latest never becomes an older one.
    """
    folder = Path(settings.AUDIT_CHECKPOINT_DIR)
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".lock").open("ab") as turn:
        flock(turn, LOCK_EX)
        latest = published()
        for name in (f"{size}.note", *([] if latest is not None and latest.size > size else [_LATEST])):
            draft = folder / f".{name}.draft"
            draft.write_bytes(note)
            draft.replace(folder / name)


def published() -> Checkpoint | None:
    """Return the latest checkpoint kept outside the database, None before the first; raises NoteError."""
    path = Path(settings.AUDIT_CHECKPOINT_DIR) / _LATEST
    try:
        return opened(path.read_bytes())
    except FileNotFoundError:
        return None


__all__ = ["NoteError", "opened", "publish", "published", "signed", "signer", "verifiers"]
