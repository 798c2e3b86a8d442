"""Bring signed checkpoints outside the database: rows say what is on its way, the scheduler tries again."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import partial
from typing import Any

import structlog
from django.db.models import F, Q

from audit import places, publication, sides, stamps, witnesses
from audit.actors import machine
from audit.errors import ContradictedError, LogError
from audit.events import PUBLICATION_CONTRADICTED, PUBLICATION_MISSING, PUBLICATION_ROLLED_BACK
from audit.models import Checkpoint, Delivery, DeliveryState
from audit.registry import EventType, Outcome, Words

from .append import append
from .ask_witness import ask_witness
from .export_lease import Clock
from .stamp_checkpoint import stamp_checkpoint

_log = structlog.get_logger(__name__)
#: how long a place that nobody finished with is left alone; longer than any attempt takes
LEASE = timedelta(minutes=2)
FIRST_PAUSE = timedelta(seconds=15)
LONGEST_PAUSE = timedelta(minutes=30)
#: delivered rows stay for so long; the newest of each place always does
KEPT = timedelta(days=1)


@dataclass(frozen=True)
class Target:
    """Somewhere that checkpoints are brought to."""

    name: str
    #: the shortest time between two deliveries
    every: timedelta
    #: brings the checkpoint there; raises LogError with a sentence
    send: Callable[[Checkpoint, datetime], None]
    #: on this machine: needs no lease, since it is quick and two at once do no harm
    local: bool = False


def targets() -> list[Target]:
    """Return every place, witness and authority that the settings name."""
    return [
        *(Target(place.name, place.every, partial(_put, place), local=place.local) for place in places.configured()),
        *(Target(each.name, each.every, partial(ask_witness, each)) for each in witnesses.configured()),
        *(Target(each.name, each.every, partial(stamp_checkpoint, each)) for each in stamps.configured()),
    ]


def queue_deliveries(size: int, now: datetime) -> None:
    """Say that the checkpoint of this size waits for every place; call it inside the transaction that signs it."""
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
    # Two who sign at once both find nothing waiting: the second one's row is dropped.
    Delivery.objects.bulk_create([row], ignore_conflicts=True)


def deliver_checkpoints(now: datetime, *, local: bool = False, clock: Clock | None = None) -> int:
    """Try what is due, at every place or only those on this machine; return how many arrived.

    A place that fails is tried again by a later call, after 15 seconds, 30 and so on up to half an hour, with the
    checkpoint that is the newest then. One place's failure keeps no other waiting. With a `clock` each place is
    claimed at its own moment, since those before it may have taken long.
    """
    chosen = [target for target in targets() if target.local or not local]
    return sum(_deliver(target, clock() if clock else now) for target in chosen)


def _deliver(target: Target, now: datetime) -> bool:
    # A time further off than any pause was written by a clock that has been set back since.
    in_time = Q(due_at__lte=now) | Q(due_at__gt=now + target.every + LONGEST_PAUSE)
    due = Delivery.objects.filter(in_time, place=target.name, state=DeliveryState.WAITING)
    if (row := due.first()) is None:
        return False
    if target.local:
        row.attempts += 1
    else:
        # Compare and swap: of two workers one goes.
        taken = due.filter(pk=row.pk, attempts=row.attempts).update(attempts=F("attempts") + 1, due_at=now + LEASE)
        if not taken:
            return False
        row.refresh_from_db()
    try:
        checkpoint = Checkpoint.objects.get(size=row.size)
        target.send(checkpoint, now)
    except ContradictedError as error:
        _keep_contradiction(row, error, now)
        return False
    except LogError as error:
        _keep_failure(row, str(error), now)
        return False
    except Exception as error:  # noqa: BLE001  whatever one place does, the others get theirs
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
    """Keep what the place says, and say it in the log the first time: it stands until the place takes a checkpoint."""
    said = found.difference if found.place == row.place else str(found)
    _keep_failure(row, said, now)
    with sides.atomic():
        told = Delivery.objects.filter(pk=row.pk).exclude(contradiction=found.kind).update(contradiction=found.kind)
        if told:
            payload = {"place": Words.clean(row.place), "size": row.size, "contradiction": found.kind.value}
            _say(PUBLICATION_CONTRADICTED, payload, now, outcome="failed")
    _log.critical("log_contradicted", place=row.place, size=row.size, difference=said)


def _keep_success(target: Target, row: Delivery, size: int, now: datetime) -> None:
    with sides.atomic():
        held = Delivery.objects.select_for_update().filter(pk=row.pk, state=DeliveryState.WAITING).first()
        if held is None:
            return
        newer, held.size, held.attempts = held.size, size, row.attempts
        held.state, held.delivered_at, held.error, held.contradiction = DeliveryState.DELIVERED, now, "", ""
        held.save()
        if newer > size:
            _queue(target, newer, now, now)
        Delivery.objects.filter(
            place=target.name, state=DeliveryState.DELIVERED, size__lt=size, delivered_at__lt=now - KEPT
        ).delete()


def _put(place: places.Place, checkpoint: Checkpoint, now: datetime) -> None:
    if place.readable:
        found = publication.read(place)
        # A place that is ahead of us is not written to; what is gone is said in the log before it is put back.
        publication.compare([found])
        if found.checkpoint is None and not found.fault and found.delivered is not None:
            _log.error("published_checkpoint_missing", place=place.name, size=found.delivered)
            _say(PUBLICATION_MISSING, {"place": place.name, "size": found.delivered}, now)
        if found.checkpoint is not None and found.set_back:
            older = {"place": place.name, "size": found.delivered, "found": found.checkpoint.size}
            _log.error("published_checkpoint_set_back", **older)
            _say(PUBLICATION_ROLLED_BACK, older, now)
    place.put(checkpoint.size, checkpoint.note.encode(), now)


def _say(event: EventType, payload: dict[str, Any], now: datetime, *, outcome: Outcome = "ok") -> None:
    with sides.atomic():
        append(event, actor=machine("sequencer"), subject=None, now=now, payload=payload, outcome=outcome)
