"""Erase a person: the key, then the line that says so, then the disclosures, then the journal outside.

Two databases share no transaction, so the order decides what a crash leaves. The key goes first: from then on
nothing sealed opens, and the log never claims an erasure that did not happen. Then the line, with whatever leads
from the reference to the person, in one transaction; then the disclosures, which the database lets go only after
that line is committed, and the copies that were made of them. Each step does nothing the second time, and what a
crash left undone is found by the tombstone in the vault: `resume_shreds` does the rest.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import QuerySet

from audit import sides
from audit.actors import Actor
from audit.erasure import REFERENCE, Erasure, Ground
from audit.errors import ShredRefusedError
from audit.events import SHRED_REFUSED, SUBJECT_SHREDDED
from audit.models import Entry
from audit.ports import shred_answers, tell_erased
from vault.services import knows_subject, list_shredded, shred_key, shredded_among

from .append import append
from .journal import publish_erasures

#: reasons for which there is nobody to write an entry about
_NOBODY = frozenset({"malformed", "unknown"})
_log = structlog.get_logger(__name__)
_REMOVE = """
DELETE FROM audit_disclosure WHERE holder = %(holder)s AND entry IN (
    SELECT id FROM audit_entry WHERE subject = %(holder)s
    UNION SELECT id FROM audit_entry WHERE actor = ANY (ARRAY['user:' || %(holder)s, 'staff:' || %(holder)s]))
"""


@dataclass(frozen=True)
class Shredded:
    """What one call did: whether it destroyed the key, the line that says so, how many disclosures it removed."""

    key_destroyed: bool
    entry: UUID
    disclosures: int


def _refuse(reference: str, ground: Ground) -> None:
    if REFERENCE.fullmatch(reference) is None:
        raise ShredRefusedError("malformed", "A subject's reference is 32 hexadecimal digits.")
    if not _is_known(reference):
        raise ShredRefusedError("unknown", "Nobody has this reference: no key, no account and no entry of the log.")
    if Entry.objects.filter(actor=f"staff:{reference}").exists():
        raise ShredRefusedError(
            "staff",
            "This person acted as a member of staff: who read what is not erased by leaving, so the key stays.",
        )
    for answer in shred_answers():
        answer.refuse(reference, ground=ground)


def _is_known(reference: str) -> bool:
    if knows_subject(reference) or any(answer.knows(reference) for answer in shred_answers()):
        return True
    actors = [f"user:{reference}", f"staff:{reference}"]
    return any(Entry.objects.filter(**by).exists() for by in ({"subject": reference}, {"actor__in": actors}))


def _said(reference: str) -> "QuerySet[Entry]":
    # As the database asks before it lets disclosures go: an entry that says it was refused is none.
    return Entry.objects.filter(event=SUBJECT_SHREDDED.name, outcome="ok", subject=reference)


def _line(reference: str, *, actor: Actor, ground: Ground, now: datetime) -> UUID:
    with sides.atomic(durable=True):
        with sides.connection().cursor() as cursor:
            # Two calls at once would both see no line yet.
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", ["shred:" + reference])
        said = _said(reference).order_by("id").first()
        for answer in shred_answers():
            answer.forget(reference, actor=actor, now=now)
        if said is not None:
            return said.id
        return append(SUBJECT_SHREDDED, actor=actor, subject=reference, now=now, payload={"ground": ground.value})


def shred_subject(reference: str, *, actor: Actor, ground: Ground, now: datetime) -> Shredded:
    """Erase the person behind `reference`; idempotent, and to be called outside of any transaction.

    Speaks for the acting side, which must be the worker's: no other may remove disclosures. Raises
    ShredRefusedError for a reference that nobody has, and, with a line in the log, for a member of staff and where a
    port refuses. Somebody whose key is gone already is not refused: the only way is forward.
    """
    if not shredded_among([reference]):
        try:
            _refuse(reference, ground)
        except ShredRefusedError as refusal:
            if refusal.reason not in _NOBODY:
                _note_refusal(reference, refusal, actor=actor, ground=ground, now=now)
            raise
    done = _erase(reference, actor=actor, ground=ground, now=now)
    publish_erasures()
    return done


def _erase(reference: str, *, actor: Actor, ground: Ground, now: datetime) -> Shredded:
    if sides.connection().in_atomic_block:
        raise RuntimeError("A key's destruction cannot be rolled back: call this outside of a transaction.")
    destroyed = shred_key(reference, now=now)
    entry = _line(reference, actor=actor, ground=ground, now=now)
    with sides.atomic(durable=True), sides.connection().cursor() as cursor:
        cursor.execute(_REMOVE, {"holder": reference})
        removed = cursor.rowcount
    tell_erased(reference, now=now)
    return Shredded(destroyed, entry, removed)


def _note_refusal(reference: str, refusal: ShredRefusedError, *, actor: Actor, ground: Ground, now: datetime) -> None:
    with sides.atomic():
        append(
            SHRED_REFUSED,
            actor=actor,
            subject=reference,
            now=now,
            payload={"ground": ground.value, "reason": refusal.reason},
            outcome="refused",
        )


def resume_shreds(*, actor: Actor, now: datetime) -> int:
    """Finish every erasure that a crash left half done; return how many had something left to do.

    Also removes disclosures that another process wrote in the minute in which it still remembered the key. One
    erasure that fails keeps no other waiting; all of them are gone through again the next day.
    """
    resumed = 0
    for reference in list_shredded():
        try:
            said = _said(reference).exists()
            done = _erase(reference, actor=actor, ground=Ground.RESUMED, now=now)
        except Exception as error:  # noqa: BLE001 - whatever one raises, the others are finished
            _log.error("erasure_not_resumed", error=type(error).__name__)
            continue
        resumed += bool(not said or done.disclosures)
    publish_erasures()
    return resumed


def replay_shreds(erasures: Iterable[Erasure], *, actor: Actor, now: datetime) -> list[Shredded]:
    """Erase again whom the journal names, after a restore; nobody is asked: it was decided before."""
    done = [_erase(each.reference, actor=actor, ground=Ground.REPLAYED, now=now) for each in erasures]
    publish_erasures()
    return done
