"""Deliver signed checkpoints outside the database: rows hold what is due, the scheduler retries."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db.models import F, Q

from audit.errors import ContradictedError, LogError
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType, Outcome, ProgramText
from audit.log.events import PUBLICATION_CONTRADICTED, PUBLICATION_MISSING, PUBLICATION_ROLLED_BACK
from audit.tree.models import StoredCheckpoint
from core import db
from core.leases import Clock

from . import destinations, published, timestamps, witnesses
from .models import Delivery, DeliveryState
from .request_cosignature import request_cosignature

_log = structlog.get_logger(__name__)
#: how long one attempt claims a target; longer than any attempt takes
LEASE = timedelta(minutes=2)
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=30)
#: how long delivered rows stay; the newest of each target always stays
KEEP_FOR = timedelta(days=1)


@dataclass(frozen=True)
class Target:
    """A destination, witness or authority to which checkpoints are delivered."""

    name: str
    #: the shortest time between two deliveries
    every: timedelta
    #: delivers the checkpoint; raises LogError with a sentence
    send: Callable[[StoredCheckpoint, datetime], None]
    #: on this machine: delivery is quick and may run twice at once, so it needs no lease
    local: bool = False


def targets() -> list[Target]:
    """Return every destination, witness and authority that the settings name."""
    return [
        *(Target(each.name, each.every, partial(_put, each), local=each.local) for each in destinations.configured()),
        *(Target(each.name, each.every, partial(request_cosignature, each)) for each in witnesses.configured()),
        *(Target(each.name, each.every, each.deliver) for each in timestamps.configured()),
    ]


def queue_deliveries(size: int, now: datetime) -> None:
    """Queue the checkpoint of this size for every target; call it inside the transaction that signs it."""
    for target in targets():
        waiting = Delivery.objects.filter(place=target.name, state=DeliveryState.WAITING)
        if waiting.filter(size__lt=size).update(size=size):
            continue
        last = Delivery.objects.filter(place=target.name).order_by("-size").first()
        if last is None or last.size < size:
            _queue(target, size, last.delivered_at if last else None, now)


def _queue(target: Target, size: int, last: datetime | None, now: datetime) -> None:
    due = max(now, last + target.every) if last else now
    row = Delivery(place=target.name, size=size, queued_at=now, due_at=due)
    # Two processes that sign at once both find nothing waiting: the second row is dropped.
    Delivery.objects.bulk_create([row], ignore_conflicts=True)


def deliver_checkpoints(now: datetime, *, local: bool = False, clock: Clock | None = None) -> int:
    """Try what is due, at every target or only at those on this machine; return how many deliveries succeeded.

    A later call retries a target that failed, after 15 seconds, 30 and so on up to half an hour, with the checkpoint
    that is the newest then. No target waits for another one's failure. With a `clock` each target is claimed at its
    own time, since those before it may have taken long.
    """
    chosen = [target for target in targets() if target.local or not local]
    return sum(_deliver(target, clock() if clock else now) for target in chosen)


def _deliver(target: Target, now: datetime) -> bool:
    # A due time further away than the longest pause was written by a clock that has been set back since.
    in_time = Q(due_at__lte=now) | Q(due_at__gt=now + target.every + LONGEST_PAUSE)
    due = Delivery.objects.filter(in_time, place=target.name, state=DeliveryState.WAITING)
    if (row := due.first()) is None:
        return False
    if target.local:
        row.attempts += 1
    else:
        # Compare and swap: one of two workers delivers.
        taken = due.filter(pk=row.pk, attempts=row.attempts).update(attempts=F("attempts") + 1, due_at=now + LEASE)
        if not taken:
            return False
        row.refresh_from_db()
    try:
        checkpoint = StoredCheckpoint.objects.get(size=row.size)
        target.send(checkpoint, now)
    except ContradictedError as error:
        _keep_contradiction(row, error, now)
        return False
    except LogError as error:
        _keep_failure(row, str(error), now)
        return False
    except Exception as error:  # noqa: BLE001  one target's failure must not stop the others
        _keep_failure(row, f"An unexpected {type(error).__name__}.", now)
        return False
    _keep_success(target, row, checkpoint.size, now)
    return True


def _keep_failure(row: Delivery, error: str, now: datetime) -> None:
    pause = min(FIRST_PAUSE * 2 ** min(row.attempts - 1, 10), LONGEST_PAUSE)
    Delivery.objects.filter(pk=row.pk, state=DeliveryState.WAITING).update(
        error=error[:300], due_at=now + pause, attempts=row.attempts
    )
    _log.warning("checkpoint_not_delivered", place=row.place, size=row.size, attempts=row.attempts, error=error)


def _keep_contradiction(row: Delivery, found: ContradictedError, now: datetime) -> None:
    """Record the contradiction until the target accepts a checkpoint again, and log it the first time."""
    difference = found.difference if found.location == row.place else str(found)
    _keep_failure(row, difference, now)
    with db.atomic():
        is_new = Delivery.objects.filter(pk=row.pk).exclude(contradiction=found.kind).update(contradiction=found.kind)
        if is_new:
            payload = {"place": ProgramText.clean(row.place), "size": row.size, "contradiction": found.kind.value}
            _append(PUBLICATION_CONTRADICTED, payload, now, outcome="failed")
    _log.critical("log_contradicted", place=row.place, size=row.size, difference=difference)


def _keep_success(target: Target, row: Delivery, size: int, now: datetime) -> None:
    with db.atomic():
        locked = Delivery.objects.select_for_update().filter(pk=row.pk, state=DeliveryState.WAITING).first()
        if locked is None:
            return
        newer = locked.size
        locked.size = size
        locked.attempts = row.attempts
        locked.state = DeliveryState.DELIVERED
        locked.delivered_at = now
        locked.error = locked.contradiction = ""
        locked.save()
        if newer > size:
            _queue(target, newer, now, now)
        Delivery.objects.filter(
            place=target.name, state=DeliveryState.DELIVERED, size__lt=size, delivered_at__lt=now - KEEP_FOR
        ).delete()


def _put(destination: destinations.Destination, checkpoint: StoredCheckpoint, now: datetime) -> None:
    if destination.readable:
        found = published.read(destination)
        # `compare` refuses a destination that is ahead of us; what is missing there is logged before it is put back.
        published.compare([found])
        if found.checkpoint is None and not found.fault and found.delivered is not None:
            _log.error("published_checkpoint_missing", place=destination.name, size=found.delivered)
            _append(PUBLICATION_MISSING, {"place": destination.name, "size": found.delivered}, now)
        if found.checkpoint is not None and found.set_back:
            older = {"place": destination.name, "size": found.delivered, "found": found.checkpoint.size}
            _log.error("published_checkpoint_set_back", **older)
            _append(PUBLICATION_ROLLED_BACK, older, now)
    destination.put(checkpoint.size, checkpoint.note.encode(), now, _journal_length())


def _journal_length() -> bytes | None:
    """Return the signed length that lies beside the journal; None where there is none to pass on."""
    folder = destinations.folder()
    try:
        return folder.latest_length() if published.read_length(folder) is not None else None
    except LogError as error:  # verification names it, and no checkpoint waits for it
        _log.error("erasures_length_not_delivered", error=str(error))
        return None


def _append(event: EventType, payload: dict[str, Any], now: datetime, *, outcome: Outcome = "ok") -> None:
    with db.atomic():
        append(event, actor=machine("sequencer"), subject=None, now=now, payload=payload, outcome=outcome)
