"""Erase a person: the key, then the log entry, then the disclosures, then the journal outside the database.

Two databases share no transaction, so the order decides what a crash leaves. The key goes first: from then on nothing
can be decrypted, and the log never claims an erasure that did not happen. Then, in one transaction, the entry and the
deletion of whatever leads from the reference to the person; then the disclosures, which the database lets us delete
only after that entry is committed, then the rows and files of every data category, each read again. Repeating a step
changes nothing. After a crash the vault's tombstone shows what is left, and `resume_crypto_shreds` does it.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

import structlog
from django.db.models import QuerySet

from audit.errors import ErasureIncompleteError, ErasureRefusedError
from audit.log.actors import REFERENCE, Actor
from audit.log.append import append
from audit.log.events import SHRED_REFUSED, SUBJECT_SHREDDED
from audit.log.labels import ErasureGround
from audit.log.models import Entry
from core import db
from vault.services import destroy_key, destroyed_among, knows_subject, list_destroyed

from .journal import publish_erasures
from .journal_format import Erasure
from .participants import erasure_participants, tell_erased

#: reasons for which there is no person to write an entry about
_NOBODY = frozenset({"malformed", "unknown"})
_log = structlog.get_logger(__name__)
_REMOVE = """
DELETE FROM audit_disclosure WHERE holder = %(holder)s AND entry IN (
    SELECT id FROM audit_entry WHERE subject = %(holder)s
    UNION SELECT id FROM audit_entry WHERE actor = ANY (ARRAY['user:' || %(holder)s, 'staff:' || %(holder)s]))
"""


@dataclass(frozen=True)
class CryptoShredded:
    """What one call did: whether it destroyed the key, the id of the entry, how many disclosures it deleted."""

    key_destroyed: bool
    entry: UUID
    disclosures: int


def _check(reference: str, ground: ErasureGround, now: datetime) -> None:
    if REFERENCE.fullmatch(reference) is None:
        raise ErasureRefusedError("malformed", "A subject's reference is 32 hexadecimal digits.")
    if not _is_known(reference):
        raise ErasureRefusedError("unknown", "Nobody has this reference: no key, no account and no entry of the log.")
    if Entry.objects.filter(actor=f"staff:{reference}").exists():
        raise ErasureRefusedError(
            "staff",
            "This person acted as a member of staff: who read what is not erased by leaving, so the key stays.",
        )
    for participant in erasure_participants():
        participant.refuse(reference, ground=ground, now=now)


def _is_known(reference: str) -> bool:
    if knows_subject(reference) or any(participant.knows(reference) for participant in erasure_participants()):
        return True
    actors = [f"user:{reference}", f"staff:{reference}"]
    return any(Entry.objects.filter(**by).exists() for by in ({"subject": reference}, {"actor__in": actors}))


def _entries_of(reference: str) -> "QuerySet[Entry]":
    # The same condition as trigger `audit_keep` has; an entry of a refused erasure does not count.
    return Entry.objects.filter(event=SUBJECT_SHREDDED.name, outcome="ok", subject=reference)


def _append_once(reference: str, *, actor: Actor, ground: ErasureGround, now: datetime) -> UUID:
    with db.atomic(durable=True):
        # Two calls at once would both find no entry yet.
        db.select_rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", ["shred:" + reference])
        earlier = _entries_of(reference).order_by("id").first()
        entry = earlier.id if earlier is not None else None
        if entry is None:
            entry = append(SUBJECT_SHREDDED, actor=actor, subject=reference, now=now, payload={"ground": ground.value})
        # The database lets rows go once this entry is there.
        for participant in erasure_participants():
            participant.forget(reference, actor=actor, now=now)
        return entry


def crypto_shred_subject(reference: str, *, actor: Actor, ground: ErasureGround, now: datetime) -> CryptoShredded:
    """Erase the person behind `reference`; idempotent. Call it outside of any transaction, with the worker's role.

    No other database role may delete disclosures. Raises ErasureRefusedError for a reference that nobody has, and,
    with a log entry, for a member of staff and where a participant refuses; ErasureIncompleteError where the key is
    gone and a data category is not. A person whose key is already destroyed is never refused, so that the erasure can
    be completed.
    """
    if not destroyed_among([reference]):
        try:
            _check(reference, ground, now)
        except ErasureRefusedError as refusal:
            if refusal.reason not in _NOBODY:
                payload = {"ground": ground.value, "reason": refusal.reason}
                with db.atomic():
                    append(SHRED_REFUSED, actor=actor, subject=reference, now=now, payload=payload, outcome="refused")
            raise
    try:
        done = _erase(reference, actor=actor, ground=ground, now=now)
    except ErasureIncompleteError:
        publish_erasures(now=now)  # the key is gone, and the log says so
        raise
    publish_erasures(now=now)
    return done


def _erase(reference: str, *, actor: Actor, ground: ErasureGround, now: datetime) -> CryptoShredded:
    if db.connection().in_atomic_block:
        raise RuntimeError("A key's destruction cannot be rolled back: call this outside of a transaction.")
    destroyed = destroy_key(reference, now=now)
    entry = _append_once(reference, actor=actor, ground=ground, now=now)
    with db.atomic(durable=True), db.connection().cursor() as cursor:
        cursor.execute(_REMOVE, {"holder": reference})
        removed = cursor.rowcount
    tell_erased(reference, now=now)
    return CryptoShredded(destroyed, entry, removed)


def resume_crypto_shreds(*, actor: Actor, now: datetime) -> int:
    """Finish every erasure that a crash interrupted; return how many had something left to do.

    Also deletes disclosures that another process wrote in the minute in which it still had the key in its cache. One
    that fails does not stop the others; the next day's call tries all of them again.
    """
    resumed = 0
    for reference in list_destroyed():
        try:
            had_entry = _entries_of(reference).exists()
            done = _erase(reference, actor=actor, ground=ErasureGround.RESUMED, now=now)
        except Exception as error:  # noqa: BLE001  one failure must not stop the others
            _log.error("erasure_not_resumed", error=type(error).__name__)
            continue
        resumed += bool(not had_entry or done.disclosures)
    publish_erasures(now=now)
    return resumed


def replay_crypto_shreds(erasures: Iterable[Erasure], *, actor: Actor, now: datetime) -> list[CryptoShredded]:
    """Erase again everybody in the journal, after a restore; nothing is checked, since it was decided before.

    Somebody who is not erased, or not of every data category, does not stop the others: ErasureIncompleteError is
    raised at the end and names the categories and errors, and `resume_crypto_shreds` tries again.
    """
    done, unfinished = [], set()
    for each in erasures:
        try:
            done.append(_erase(each.reference, actor=actor, ground=ErasureGround.REPLAYED, now=now))
        except ErasureIncompleteError as error:
            unfinished |= {*error.categories}
        except Exception as error:  # noqa: BLE001  one failure must not keep the others
            _log.error("erasure_not_replayed", error=type(error).__name__)
            unfinished.add(type(error).__name__)
    publish_erasures(now=now)
    if unfinished:
        raise ErasureIncompleteError(sorted(unfinished))
    return done
