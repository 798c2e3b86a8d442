"""End a grant at its provider, with retries until that is confirmed; a day at most, then the token goes unconfirmed."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import F

from accounts.connections import events, github, google
from accounts.connections.errors import VendorError
from accounts.connections.models import GitHubGrant, Provider, Revocation
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType, Outcome
from audit.log.sweep_items import sweep_items
from core import db
from core.errors import DecryptionError
from core.leases import Clock
from vault.errors import KekMissingError, KeyDestroyedError
from vault.services import decryptor

#: how long a token waits for the provider's confirmation
LONGEST = timedelta(days=1)
#: how long one attempt belongs to its worker: longer than a provider may take to answer three times
LEASE = timedelta(seconds=60)
FIRST_PAUSE, LONGEST_PAUSE = timedelta(seconds=5), timedelta(minutes=15)
BATCH = 500
_ACTOR = machine("worker")


class _ResumedError(Exception):
    """The account is connected again: its authorisation is the same one, and stays."""


def _end_at_github(row: Revocation, token: str) -> None:
    """End the authorisation at GitHub; raises VendorError, and _ResumedError before anything is ended."""
    is_asked = row.last_answer == github.UNCHECKED
    try:
        owner = github.find_owner(token)
    except VendorError as error:
        raise VendorError(github.UNCHECKED if is_asked else error.code) from None
    if owner is None:
        if is_asked:  # the end had come, and the answer was lost
            return
        raise VendorError("unknown_token")
    if GitHubGrant.objects.filter(account_id=owner).exists():
        raise _ResumedError
    github.revoke(token)


@dataclass(frozen=True)
class _Vendor:
    """How a grant is ended at a provider, and what the log says of it."""

    end: Callable[[Revocation, str], None]
    tried: EventType
    confirmed: EventType
    given_up: EventType


_VENDORS: dict[str, _Vendor] = {
    Provider.GOOGLE: _Vendor(
        lambda _row, token: google.revoke(token),
        events.REVOCATION_TRIED,
        events.REVOCATION_CONFIRMED,
        events.REVOCATION_GIVEN_UP,
    ),
    Provider.GITHUB: _Vendor(_end_at_github, events.GITHUB_TRIED, events.GITHUB_CONFIRMED, events.GITHUB_GIVEN_UP),
}


def revoke(revocation_id: UUID, *, clock: Clock) -> bool:
    """Ask the provider once to end a grant, if that is due; True when it is confirmed. Call it as the worker."""
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
        entry = append(_VENDORS[row.provider].tried, actor=_ACTOR, subject=row.subject, now=now, payload=payload)
    try:
        token = decryptor(row.subject, entry).decrypt(row.encryption_context, row.sealed or b"").decode()
        _VENDORS[row.provider].end(row, token)
    except (VendorError, KekMissingError) as error:  # without its key the token may be intact
        _retry(row, getattr(error, "code", "key_missing"), clock())
        return False
    except _ResumedError:
        _settle(row, events.GITHUB_RESUMED, clock(), answer=Revocation.RESUMED)
        return False
    except (DecryptionError, KeyDestroyedError):
        _give_up(row, "unreadable", clock())
        return False
    confirmed_at = clock()
    _settle(row, _VENDORS[row.provider].confirmed, confirmed_at, confirmed_at=confirmed_at)
    return True


def sweep_revocations(*, clock: Clock) -> int:
    """Revoke what a lost message, a failure or a worker's death has left; return how many were confirmed."""
    due = Revocation.objects.filter(due_at__lte=clock()).order_by("due_at")
    return sweep_items(
        "connections.revocations", due, lambda key, _now: revoke(key, clock=clock), now=clock(), batch=BATCH
    )


def _settle(
    row: Revocation, event: EventType, now: datetime, *, answer: str = "", confirmed_at: datetime | None = None
) -> None:
    """Let the token go, and log how it ended, unless another attempt has begun or ended it."""
    with db.atomic():
        mine = Revocation.objects.filter(pk=row.pk, attempts=row.attempts, due_at__isnull=False)
        if mine.update(confirmed_at=confirmed_at, sealed=None, due_at=None, last_answer=answer):
            payload = {"revocation": str(row.pk)} | ({"answer": answer} if "answer" in event.payload else {})
            outcome: Outcome = "failed" if event is _VENDORS[row.provider].given_up else "ok"
            append(event, actor=_ACTOR, subject=row.subject, now=now, payload=payload, outcome=outcome)


def _retry(row: Revocation, answer: str, now: datetime) -> None:
    if now - row.wiped_at >= LONGEST:
        _give_up(row, answer, now)
        return
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts - 1, 10), LONGEST_PAUSE)
    Revocation.objects.filter(pk=row.pk, attempts=row.attempts).update(last_answer=answer, due_at=now + pause)


def _give_up(row: Revocation, answer: str, now: datetime) -> None:
    """Let the token go without confirmation: the person ends the access at the provider themselves."""
    _settle(row, _VENDORS[row.provider].given_up, now, answer=answer)
