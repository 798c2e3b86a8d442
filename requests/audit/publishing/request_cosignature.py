"""Request a witness's cosignature: prove that the checkpoint continues what it saw last, verify its answer.

A witness that knows another history, or more entries than the database holds, contradicts the log: that is a
ContradictedError, not a failed delivery.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from http import HTTPStatus

from django.db.models import Max

from audit.errors import ContradictedError, Contradiction, DeliveryError
from audit.merkle import proofs
from audit.merkle.cosignatures import add_checkpoint_request
from audit.merkle.signed_notes import Note, NoteError, Signature
from audit.tree.models import Cosignature, StoredCheckpoint
from audit.tree.tiles import read_tiles

from . import ssrf_safe_post, witnesses
from .witnesses import Witness

#: how often a witness may correct the size that we expect it to have seen
CORRECTIONS = 2
#: how far a witness's clock may be ahead of ours
AHEAD = timedelta(minutes=5)
_KIND = "text/plain"
_REASONS = {
    400: "it finds the request malformed",
    403: "it trusts none of the keys that signed",
    404: "it does not know this log",
    422: "it does not accept the consistency proof",
}


def request_cosignature(witness: Witness, checkpoint: StoredCheckpoint, now: datetime) -> None:
    """Submit the checkpoint and store the verified cosignature; raises DeliveryError, ContradictedError.

    The witness may have seen another size than we know of (an answer was lost, or somebody else submits too): its
    409 names the size, from which the proof is made again.
    """
    old = _last_seen(witness)
    note = checkpoint.note.encode()
    for _ in range(CORRECTIONS + 1):
        _check_order(witness, old, checkpoint)
        proof = proofs.consistency(old, checkpoint.size, read_tiles) if 0 < old < checkpoint.size else []
        body = add_checkpoint_request(old, proof, note)
        answer = ssrf_safe_post.post(f"{witness.url}/add-checkpoint", body, kind=_KIND)
        if answer.status == HTTPStatus.OK:
            _store(witness, checkpoint, witnesses.signatures_in(answer), now)
            return
        if answer.status == HTTPStatus.UNPROCESSABLE_ENTITY and proof:
            raise ContradictedError(
                witness.name,
                f"answered 422: {checkpoint.size} entries of ours do not continue the {old} that it has seen: "
                "there are two histories",
                Contradiction.FORKED,
            )
        if answer.status != HTTPStatus.CONFLICT:
            reason = _REASONS.get(answer.status, "it could not")
            raise DeliveryError(f"{witness.name} answered {answer.status}: {reason}.")
        seen = witnesses.size_in(answer)
        if seen == old == checkpoint.size:
            raise ContradictedError(
                witness.name,
                f"holds another root for {old} entries: there are two histories",
                Contradiction.FORKED,
            )
        old = seen
    raise DeliveryError(f"{witness.name} answered 409 again and again.")


def _last_seen(witness: Witness) -> int:
    rows = Cosignature.objects.filter(witness=witness.key.name, key_id=witness.key.key_id.hex())
    return rows.aggregate(newest=Max("size"))["newest"] or 0


def _check_order(witness: Witness, old: int, checkpoint: StoredCheckpoint) -> None:
    if old <= checkpoint.size:
        return
    newest = StoredCheckpoint.objects.aggregate(newest=Max("size"))["newest"] or 0
    if old > newest:
        raise ContradictedError(
            witness.name,
            f"has seen {old} entries, and the database holds a checkpoint of {newest} at most: entries were taken away",
            Contradiction.TAKEN_AWAY,
        )
    raise DeliveryError(f"{witness.name} has seen a newer checkpoint already.")


def _store(witness: Witness, checkpoint: StoredCheckpoint, signatures: Sequence[Signature], now: datetime) -> None:
    text = Note.parse(checkpoint.note.encode()).text
    # Other keys are not this witness's: their signatures prove nothing.
    own = [signature for signature in signatures if witness.key.owns(signature)]
    if not own:
        raise DeliveryError(f"{witness.name} answered without a cosignature by its key.")
    try:
        signed_at = witness.key.open(text, own[0])
    except NoteError as error:
        raise DeliveryError(f"{witness.name} cannot be trusted: {error}.") from None
    if signed_at > now + AHEAD:
        raise DeliveryError(f"{witness.name} cannot be trusted: its cosignature is from the future.")
    row = Cosignature(
        size=checkpoint.size,
        witness=witness.key.name,
        key_id=witness.key.key_id.hex(),
        signed_at=signed_at,
        line=own[0].encode(),
    )
    Cosignature.objects.bulk_create([row], ignore_conflicts=True)
