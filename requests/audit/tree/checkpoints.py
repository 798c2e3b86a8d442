"""The keys that sign and verify the log's checkpoints, and checkpoints with all their signatures."""

from functools import cache

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from audit.errors import CannotCheckError
from audit.merkle.checkpoint import Checkpoint, open_checkpoint
from audit.merkle.cosignatures import append_lines
from audit.merkle.signed_notes import Signer, Verifier

from .models import Cosignature, StoredCheckpoint


@cache
def _signer(seed: str, origin: str) -> Signer:
    return Signer(origin, bytes.fromhex(seed))


def signer() -> Signer:
    """Return the log's key."""
    return _signer(settings.OFFICE_LOG_KEY, settings.OFFICE_LOG_ORIGIN)


def signers() -> list[Signer]:
    """Return the keys that sign checkpoints now: the log's key, and the next one while it is being rotated.

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
    """Return the log's public keys: OFFICE_LOG_VERIFIERS, else those of the keys that sign.

    Raises CannotCheckError where neither is set: a missing key must not look like a wrong signature.
    """
    given = settings.OFFICE_LOG_VERIFIERS
    if not given and not settings.OFFICE_LOG_KEY:
        raise CannotCheckError("Checking signatures needs the log's public key: set OFFICE_LOG_VERIFIERS.")
    return [Verifier.parse(text) for text in given] if given else [each.verifier for each in signers()]


def signed(size: int, root: bytes) -> bytes:
    """Return the signed note of a checkpoint; raises ImproperlyConfigured where no key is set."""
    if not (keys := signers()):
        raise ImproperlyConfigured("OFFICE_LOG_KEY is not set: this process takes entries in and cannot sign.")
    return Checkpoint(settings.OFFICE_LOG_ORIGIN, size, root).sign(*keys)


def opened(note: bytes) -> Checkpoint:
    """Return the checkpoint in a note; raises NoteError unless a key of the log signed it."""
    return open_checkpoint(note, settings.OFFICE_LOG_ORIGIN, verifiers())


def cosigned(size: int) -> bytes:
    """Return the checkpoint of a signed size with every signature line; raises StoredCheckpoint.DoesNotExist.

    Cosignatures arrive after the signature: the same size may have more lines later, never fewer.
    """
    note = StoredCheckpoint.objects.get(size=size).note.encode()
    lines = Cosignature.objects.filter(size=size).order_by("witness", "key_id").values_list("line", flat=True)
    return append_lines(note, list(lines))
