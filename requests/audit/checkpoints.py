"""The log's signatures: who signs its heads, who vouches for them, and a head with all its signatures."""

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from .cosignatures import append_lines
from .errors import CannotCheckError
from .models import Checkpoint as StoredCheckpoint
from .models import Cosignature
from .notes import Checkpoint, NoteError, Signer, Verifier, open_checkpoint


@cache
def _signer(seed: str, origin: str) -> Signer:
    return Signer(origin, bytes.fromhex(seed))


def signer() -> Signer:
    """Return the log's key; only the sequencer's process needs it."""
    return _signer(settings.OFFICE_LOG_KEY, settings.OFFICE_LOG_ORIGIN)


def signers() -> list[Signer]:
    """Return every key that signs heads now: the log's key, and in a rotation the next one beside it.

    Raises CannotCheckError naming a setting that is no seed.
    """
    found = []
    for name in ("OFFICE_LOG_KEY", "OFFICE_LOG_NEXT_KEY"):
        if seed := getattr(settings, name):
            try:
                found.append(_signer(seed.lower(), settings.OFFICE_LOG_ORIGIN))
            except ValueError:
                raise CannotCheckError(f"{name} must be 64 hex digits.") from None
    return list(dict.fromkeys(found))


def verifiers() -> list[Verifier]:
    """Return the public keys that vouch for the log: OFFICE_LOG_VERIFIERS, else those of our own keys.

    Raises CannotCheckError where neither is given: a missing key must not look like a broken signature.
    """
    given = settings.OFFICE_LOG_VERIFIERS
    if not given and not settings.OFFICE_LOG_KEY:
        raise CannotCheckError("Checking signatures needs the log's public key: set OFFICE_LOG_VERIFIERS.")
    return [Verifier.parse(text) for text in given] if given else [each.verifier for each in signers()]


def signed(size: int, root: bytes) -> bytes:
    """Return the signed note of one head, with a line by each key that signs now; ImproperlyConfigured without any."""
    if not (keys := signers()):
        raise ImproperlyConfigured("OFFICE_LOG_KEY is not set: this process takes entries in and cannot sign.")
    return Checkpoint(settings.OFFICE_LOG_ORIGIN, size, root).sign(*keys)


def opened(note: bytes) -> Checkpoint:
    """Return the checkpoint in a note that our key signed; raises NoteError otherwise."""
    return open_checkpoint(note, settings.OFFICE_LOG_ORIGIN, verifiers())


def cosigned(size: int) -> bytes:
    """Return the checkpoint of a signed size with our signatures and every witness's; Checkpoint.DoesNotExist if none.

    Cosignatures come a little after the signature: the same size may have more lines later, never fewer.
    """
    note = StoredCheckpoint.objects.get(size=size).note.encode()
    lines = Cosignature.objects.filter(size=size).order_by("witness", "key_id").values_list("line", flat=True)
    return append_lines(note, list(lines))


__all__ = ["NoteError", "cosigned", "opened", "signed", "signer", "signers", "verifiers"]
