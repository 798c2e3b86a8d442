"""Rotate the log's signing key: both keys sign for a while, and an entry records the beginning and the end of it."""

from datetime import datetime

import orjson
from django.conf import settings

from audit.errors import KeyRotationError
from audit.log.actors import Actor
from audit.log.append import append
from audit.log.events import KEY_ROTATED
from audit.log.models import Entry
from audit.merkle.signed_notes import Note, Verifier
from audit.tree import checkpoints
from audit.tree.models import StoredCheckpoint
from core import db

from .sequence import sequence

BEGUN, FINISHED = "begun", "finished"


def rotation_phase(old: Verifier, new: Verifier) -> str | None:
    """Return the phase of the rotation from one key to the other that was logged last, None before it began."""
    for entry in Entry.objects.filter(event=KEY_ROTATED.name).order_by("-id"):
        payload = orjson.loads(bytes(entry.leaf))["payload"]
        if (payload.get("old"), payload.get("new")) == (old.encode(), new.encode()):
            return str(payload.get("phase"))
    return None


def begin_rotation(*, actor: Actor, now: datetime) -> StoredCheckpoint:
    """Log that both keys sign from now on, and return the first checkpoint with both signatures.

    Safe to repeat. Raises KeyRotationError when the keys are not set or not among OFFICE_LOG_VERIFIERS, or when a
    running worker still signs with the old key alone.
    """
    old, new = _keys()
    if rotation_phase(old, new) is None:
        _write(BEGUN, old, new, actor, now)
    return _newest_with_both(old, new, now)


def finish_rotation(*, actor: Actor, now: datetime) -> StoredCheckpoint:
    """Log that the next key takes over, and return the last checkpoint with both signatures.

    Afterwards its seed becomes OFFICE_LOG_KEY. Safe to repeat. Raises KeyRotationError where the rotation has not
    begun, and where OFFICE_LOG_VERIFIERS lacks the old key: what it alone signed must stay verifiable.
    """
    old, new = _keys()
    phase = rotation_phase(old, new)
    if phase is None:
        raise KeyRotationError("The change of keys has not begun: audit_rotate_key begin.")
    if not settings.OFFICE_LOG_VERIFIERS:
        raise KeyRotationError(
            "OFFICE_LOG_VERIFIERS must name both keys, or nothing vouches for the old checkpoints: "
            f'"{old.encode()} {new.encode()}".'
        )
    checkpoint = _newest_with_both(old, new, now)
    if phase == FINISHED:
        return checkpoint
    _write(FINISHED, old, new, actor, now)
    return _newest_with_both(old, new, now)


def _keys() -> tuple[Verifier, Verifier]:
    if not settings.OFFICE_LOG_KEY or not settings.OFFICE_LOG_NEXT_KEY:
        raise KeyRotationError("OFFICE_LOG_KEY and OFFICE_LOG_NEXT_KEY must both be set here.")
    found = [signer.verifier for signer in checkpoints.signers()]
    if len(found) == 1:
        raise KeyRotationError("OFFICE_LOG_NEXT_KEY is the same key as OFFICE_LOG_KEY.")
    vouching = checkpoints.verifiers()
    for key in found:
        if key not in vouching:
            raise KeyRotationError(f"OFFICE_LOG_VERIFIERS must name {key.encode()} too.")
    return found[0], found[1]


def _write(phase: str, old: Verifier, new: Verifier, actor: Actor, now: datetime) -> None:
    payload = {"phase": phase, "old": old.encode(), "new": new.encode()}
    with db.atomic():
        append(KEY_ROTATED, actor=actor, subject=None, now=now, payload=payload)


def _newest_with_both(old: Verifier, new: Verifier, now: datetime) -> StoredCheckpoint:
    _, checkpoint = sequence(now)
    if checkpoint is not None:
        signatures = Note.parse(checkpoint.note.encode()).signatures
        if all(any(key.owns(signature) for signature in signatures) for key in (old, new)):
            return checkpoint
    raise KeyRotationError(
        "The newest checkpoint is not signed by both keys: a worker runs with the old key alone. "
        "Restart it with OFFICE_LOG_NEXT_KEY, wait a minute for the next checkpoint, and repeat this."
    )
