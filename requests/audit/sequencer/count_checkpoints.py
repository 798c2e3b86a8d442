"""Count the checkpoints in an entry each hour, so that deleting one from the table is detected."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

import orjson
from django.db.models import Max

from audit.log import uuid7
from audit.log.actors import machine
from audit.log.append import append
from audit.log.events import CHECKPOINTS_COUNTED
from audit.log.models import Entry
from audit.tree.models import StoredCheckpoint
from core import db

_EVERY = timedelta(hours=1)
#: how far the clock of the process that counted last may be ahead of ours
_AHEAD = timedelta(minutes=1)
_NEWER = "SELECT count(*) FROM audit_checkpoint WHERE size > %s AND size <= %s"


@dataclass(frozen=True)
class CheckpointCount:
    """How many checkpoints were signed up to a size, according to an entry."""

    size: int
    checkpoints: int
    #: the later of the entry's time and its id's
    at: datetime


def checkpoint_counts() -> Iterator[CheckpointCount]:
    """Yield each count that was logged, the newest first.

    An entry without two numbers is skipped: any role may append one, and none can be deleted.
    """
    for entry in Entry.objects.filter(event=CHECKPOINTS_COUNTED.name).order_by("-id").iterator(chunk_size=100):
        try:
            payload = orjson.loads(bytes(entry.leaf))["payload"]
            size, checkpoints = payload["size"], payload["checkpoints"]
        except (ValueError, LookupError, TypeError):
            continue
        if type(size) is int and type(checkpoints) is int:
            yield CheckpointCount(size, checkpoints, max(entry.time, _instant(entry.id)))


def _instant(entry: UUID) -> datetime:
    try:
        return uuid7.instant(entry)
    except (ValueError, OverflowError):  # an id that `append` never makes
        return datetime.max.replace(tzinfo=UTC)


def _last(size: int, now: datetime) -> CheckpointCount | None:
    counts = checkpoint_counts()
    return next((counted for counted in counts if counted.at <= now + _AHEAD and counted.size <= size), None)


def count_checkpoints(now: datetime) -> None:
    """Append how many checkpoints there are, once an hour: the last count plus the checkpoints since then.

    Older checkpoints are not counted again: that would agree with a table from which one was deleted. A last count
    from the future, or beyond the largest checkpoint, is ignored: no count would follow it.
    """
    with db.atomic():
        size = StoredCheckpoint.objects.aggregate(newest=Max("size"))["newest"] or 0
        last = _last(size, now)
        if last is not None and now < last.at + _EVERY:
            return
        if more := db.select_value(_NEWER, [last.size if last else 0, size]):
            payload = {"checkpoints": (last.checkpoints if last else 0) + more, "size": size}
            append(CHECKPOINTS_COUNTED, actor=machine("sequencer"), subject=None, now=now, payload=payload)
