"""End a grant at Google, with retries until that is confirmed; a day at most, then the token goes unconfirmed."""

from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from accounts.connections import google
from accounts.connections.errors import GoogleError
from accounts.connections.events import REVOCATION_CONFIRMED, REVOCATION_GIVEN_UP, REVOCATION_TRIED
from accounts.connections.models import Revocation
from audit.log.actors import machine
from audit.log.append import append
from audit.log.sweep_items import sweep_items
from core import db
from core.errors import DecryptionError
from core.leases import Clock
from vault.errors import KekMissingError, KeyDestroyedError
from vault.services import decryptor

#: how long a token waits for Google's confirmation
LONGEST = timedelta(days=1)
#: how long one attempt belongs to its worker: longer than Google may take to answer twice
LEASE = timedelta(seconds=60)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=15)
BATCH = 500
_ACTOR = machine("worker")


def revoke(revocation_id: UUID, *, clock: Clock) -> bool:
    """Ask Google once to end a grant, if that is due; True when it is confirmed. Call it as the worker."""
    now = clock()
    with db.atomic(durable=True):
        due = Revocation.objects.filter(pk=revocation_id, due_at__lte=now)
        row = due.first()
        # Moving the due time is the lease: of two workers one changes the row.
        if row is None or not due.filter(attempts=row.attempts).update(attempts=F("attempts") + 1, due_at=now + LEASE):
            return False
        row.attempts += 1
        if now - row.wiped_at >= LONGEST + LEASE:
            # Whatever kept the attempts before from ending, the token goes.
            _give_up(row, row.last_answer or "late", now)
            return False
        payload = {"revocation": str(row.pk), "attempt": row.attempts}
        entry = append(REVOCATION_TRIED, actor=_ACTOR, subject=row.subject, now=now, payload=payload)
    try:
        token = decryptor(row.subject, entry).decrypt(row.encryption_context, row.sealed or b"").decode()
        google.revoke(token)
    except GoogleError as error:
        _retry(row, error.code, clock())
        return False
    except KekMissingError:  # the token may be intact
        _retry(row, "key_missing", clock())
        return False
    except (DecryptionError, KeyDestroyedError):
        _give_up(row, "unreadable", clock())
        return False
    _end(row, confirmed_at=clock())
    return True


def sweep_revocations(*, clock: Clock) -> int:
    """Revoke what a lost message, a failure or a worker's death has left; return how many were confirmed."""
    due = Revocation.objects.filter(due_at__lte=clock()).order_by("due_at")
    return sweep_items(
        "connections.revocations", due, lambda key, _now: revoke(key, clock=clock), now=clock(), batch=BATCH
    )


def _end(row: Revocation, *, confirmed_at: datetime) -> None:
    with db.atomic():
        mine = Revocation.objects.filter(pk=row.pk, attempts=row.attempts, due_at__isnull=False)
        if mine.update(confirmed_at=confirmed_at, sealed=None, due_at=None, last_answer=""):
            payload = {"revocation": str(row.pk)}
            append(REVOCATION_CONFIRMED, actor=_ACTOR, subject=row.subject, now=confirmed_at, payload=payload)


def _retry(row: Revocation, answer: str, now: datetime) -> None:
    if now - row.wiped_at >= LONGEST:
        _give_up(row, answer, now)
        return
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts - 1, 10), LONGEST_PAUSE)
    Revocation.objects.filter(pk=row.pk, attempts=row.attempts).update(last_answer=answer, due_at=now + pause)


def _give_up(row: Revocation, answer: str, now: datetime) -> None:
    """Let the token go without Google's confirmation: the person ends the access at Google themselves."""
    with db.atomic():
        mine = Revocation.objects.filter(pk=row.pk, attempts=row.attempts, due_at__isnull=False)
        if mine.update(sealed=None, due_at=None, last_answer=answer):
            append(
                REVOCATION_GIVEN_UP,
                actor=_ACTOR,
                subject=row.subject,
                now=now,
                payload={"revocation": str(row.pk), "answer": answer},
                outcome="failed",
            )
