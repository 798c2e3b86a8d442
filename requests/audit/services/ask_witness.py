"""Have a witness cosign a checkpoint: prove that it follows what the witness saw last, verify what comes back.

Where the witness knows another history, or more entries than the database holds, it is no failed delivery: it is a
finding (ContradictedError).
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from django.db.models import Max

from audit import client, proofs, witnesses
from audit.errors import ContradictedError, Contradiction, DeliveryError
from audit.models import Checkpoint, Cosignature
from audit.notes import Note, NoteError, Signature
from audit.tiles import read_tiles
from audit.witnesses import Witness

#: how often a witness may correct the size that it is thought to have seen
CORRECTIONS = 2
#: how far a witness's clock may be ahead of ours
AHEAD = timedelta(minutes=5)
_KIND = "text/plain"
_OK, _CONFLICT, _NOT_CONSISTENT = 200, 409, 422
_SAID = {
    400: "it finds the request malformed",
    403: "it trusts none of the keys that signed",
    404: "it does not know this log",
    422: "it does not accept the consistency proof",
}


def ask_witness(witness: Witness, checkpoint: Checkpoint, now: datetime) -> None:
    """Submit the checkpoint and store the verified cosignature; raises DeliveryError, ContradictedError.

    The witness may have seen another size than we know of (we lost an answer, or somebody else submits too): its
    409 says which, and the proof is made anew from there.
    """
    old = _last_seen(witness)
    note = checkpoint.note.encode()
    for _ in range(CORRECTIONS + 1):
        _check_order(witness, old, checkpoint)
        proof = proofs.consistency(old, checkpoint.size, read_tiles) if 0 < old < checkpoint.size else []
        answer = client.post(f"{witness.url}/add-checkpoint", witnesses.request(old, proof, note), kind=_KIND)
        if answer.status == _OK:
            _store(witness, checkpoint, witnesses.lines_in(answer), now)
            return
        if answer.status == _NOT_CONSISTENT and proof:
            raise ContradictedError(
                witness.name,
                f"answered 422: {checkpoint.size} entries of ours do not continue the {old} that it has seen: "
                "there are two histories",
                Contradiction.FORKED,
            )
        if answer.status != _CONFLICT:
            said = _SAID.get(answer.status, "it could not")
            raise DeliveryError(f"{witness.name} answered {answer.status}: {said}.")
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


def _check_order(witness: Witness, old: int, checkpoint: Checkpoint) -> None:
    if old <= checkpoint.size:
        return
    newest = Checkpoint.objects.aggregate(newest=Max("size"))["newest"] or 0
    if old > newest:
        raise ContradictedError(
            witness.name,
            f"has seen {old} entries, and the database holds a checkpoint of {newest} at most: entries were taken away",
            Contradiction.TAKEN_AWAY,
        )
    raise DeliveryError(f"{witness.name} has seen a newer checkpoint already.")


def _store(witness: Witness, checkpoint: Checkpoint, lines: Sequence[Signature], now: datetime) -> None:
    text = Note.parse(checkpoint.note.encode()).text
    # Lines by other keys are nobody's that we know.
    own = [line for line in lines if witness.key.owns(line)]
    if not own:
        raise DeliveryError(f"{witness.name} answered without a cosignature by its key.")
    try:
        signed_at = witness.key.open(text, own[0])
    except NoteError as error:
        raise DeliveryError(f"{witness.name} is not to be believed: {error}.") from None
    if signed_at > now + AHEAD:
        raise DeliveryError(f"{witness.name} is not to be believed: its cosignature is from the future.")
    row = Cosignature(
        size=checkpoint.size,
        witness=witness.key.name,
        key_id=witness.key.key_id.hex(),
        signed_at=signed_at,
        line=own[0].encode(),
    )
    Cosignature.objects.bulk_create([row], ignore_conflicts=True)
