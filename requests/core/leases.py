"""Leases: one worker at a time on a row of work; a worker that lost its lease writes nothing.

Job state lives in PostgreSQL. A worker takes a row by compare-and-swap, which raises `attempts`: the fence that each of
its later writes compares. The lease of a worker that died runs out; the sweep then enqueues the row again, or gives it
up once all its attempts are used.
"""

import os
import socket
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from time import monotonic
from typing import Any, ClassVar, Generic, Self, TypeVar
from uuid import UUID

from django.conf import settings
from django.db import connections, models

from . import db

#: attempts that get nothing done after which a row is given up
MAX_ATTEMPTS = 5
#: how long after a task was enqueued the sweep enqueues it again
ENQUEUE_AGAIN_AFTER = timedelta(seconds=60)
#: seconds between two heartbeats, at least
HEARTBEAT_EVERY = 1.0
#: bytes a second that any storage takes
_SLOWEST_STORAGE = 1_000_000
Clock = Callable[[], datetime]
RowT = TypeVar("RowT", bound="LeasedRow")


class LeaseLostError(Exception):
    """The row was paused, closed or taken by another worker: this one must stop and write nothing more."""


class LeasedRow(models.Model):
    """Work that one worker does at a time."""

    #: the field that holds the state, the states that may be leased (a running row only once its lease ran out), the
    #: state of a leased row, and the setting that says for how many seconds a worker that died keeps it
    STATE_FIELD: ClassVar[str]
    LEASABLE: ClassVar[Collection[str]]
    RUNNING: ClassVar[str]
    LEASE_SETTING: ClassVar[str]

    attempts = models.PositiveIntegerField(default=0)
    #: a retry by hand raises this, for `attempts` only grows
    attempts_allowed = models.PositiveIntegerField(default=MAX_ATTEMPTS)
    #: when the sweep enqueues it (again)
    due_at = models.DateTimeField()
    lease_until = models.DateTimeField(null=True)
    #: who holds or held it last
    lease_owner = models.CharField(max_length=100, blank=True)
    objects = models.Manager()

    class Meta:
        abstract = True

    @classmethod
    def lease_lasts(cls) -> timedelta:
        """Return how long a worker that died keeps its row."""
        return timedelta(seconds=getattr(settings, cls.LEASE_SETTING))

    @classmethod
    def due(cls, now: datetime) -> "models.QuerySet[Self]":
        """Return the rows that a worker should be working on, and none is, in the order in which they came due."""
        leasable = {f"{cls.STATE_FIELD}__in": sorted(cls.LEASABLE)}
        return cls.objects.filter(unleased(now), due_at__lte=now, **leasable).order_by("due_at")

    def unchanged(self) -> "models.QuerySet[Self]":
        """Return a query that finds this row only as it was read: the comparison of compare-and-swap."""
        seen = {name: getattr(self, name) for name in (self.STATE_FIELD, "attempts", "due_at", "lease_until")}
        return type(self).objects.filter(pk=self.pk, **seen)

    @property
    def tries(self) -> int:
        """Return how many attempts were made since one last got something done, or since a retry by hand."""
        return self.attempts - (self.attempts_allowed - MAX_ATTEMPTS)

    @property
    def back_off(self) -> timedelta:
        """Return how long to wait after a failure: twice as long each time."""
        return timedelta(seconds=10 * 2**self.tries)


def unleased(now: datetime) -> models.Q:
    """Return the condition that no worker holds a row."""
    return models.Q(lease_until__isnull=True) | models.Q(lease_until__lte=now)


class Lease(Generic[RowT]):
    """The right to work on a row; `row` shows what was written through the lease."""

    def __init__(self, row: RowT, clock: Clock) -> None:
        self.row = row
        self.clock = clock
        self._last = monotonic()
        self._heartbeat_connection: str | None = None

    def hold(self, *, longer: timedelta = timedelta(), **changes: Any) -> None:
        """Write changes to the row and keep the lease; raises LeaseLostError."""
        until = self.clock() + self.row.lease_lasts() + longer
        self._write(self._heartbeat_connection or db.current(), lease_until=until, due_at=until, **changes)

    def heartbeat(self, **changes: Any) -> None:
        """Call `hold`, at most once in HEARTBEAT_EVERY seconds: cheap to call often."""
        if monotonic() - self._last >= HEARTBEAT_EVERY:
            self.hold(**changes)

    def storing(self, size: int) -> None:
        """Keep the lease for as long as a storage may take for so many bytes: there is no heartbeat meanwhile."""
        self.hold(longer=timedelta(seconds=size // _SLOWEST_STORAGE))

    def progressed(self, **changes: Any) -> None:
        """Call `hold` after work that is done for good: earlier failures no longer count."""
        self.hold(attempts_allowed=self.row.attempts + MAX_ATTEMPTS, **changes)

    def release(self, **changes: Any) -> None:
        """Write the outcome and give the lease up; raises LeaseLostError."""
        self._write(db.current(), lease_until=None, **changes)

    @contextmanager
    def second_connection(self) -> Iterator[None]:
        """Use a connection of its own for `hold` inside the block, because the work itself is one long transaction.

        A worker that hangs in one read for longer than the lease loses the row.
        """
        alias = f"{db.current()} heartbeat"
        connections[alias] = db.connection().copy(alias)
        self._heartbeat_connection = alias
        try:
            yield
        finally:
            self._heartbeat_connection = None
            connections[alias].close()
            del connections[alias]

    def _write(self, using: str, **changes: Any) -> None:
        leased = {"pk": self.row.pk, "attempts": self.row.attempts, self.row.STATE_FIELD: self.row.RUNNING}
        if not type(self.row).objects.using(using).filter(**leased).update(**changes):
            raise LeaseLostError
        _show(self.row, changes)
        self._last = monotonic()


def take_lease(row: RowT, clock: Clock, **changes: Any) -> Lease[RowT] | None:
    """Lease a row as it was read and write changes to it, by compare-and-swap; None when it is not to be had."""
    now = clock()
    leasable = getattr(row, row.STATE_FIELD) in row.LEASABLE and row.attempts < row.attempts_allowed
    if not leasable or (row.lease_until is not None and row.lease_until > now):
        return None
    until = now + row.lease_lasts()
    taken = {row.STATE_FIELD: row.RUNNING, "attempts": row.attempts + 1, "lease_owner": lease_owner(), **changes}
    taken |= {"lease_until": until, "due_at": until}
    if not row.unchanged().update(**taken):
        return None
    _show(row, taken)
    return Lease(row, clock)


def _show(row: LeasedRow, changes: dict[str, Any]) -> None:
    for name, value in changes.items():
        setattr(row, name, value)


def enqueue_again(
    due: "models.QuerySet[RowT]",
    key: UUID,
    *,
    now: datetime,
    enqueue: Callable[[UUID], object],
    give_up: Callable[[RowT], object],
    given_up: dict[str, Any],
) -> bool:
    """Enqueue a row that is due; True when this call did. Two sweeps at once have one effect.

    A row without attempts left has ended its worker each time before an error could be recorded: it gets the values of
    `given_up`, and `give_up` is called with it in the same transaction.
    """
    row = due.filter(pk=key).first()
    if row is None:
        return False
    with db.atomic():
        if row.attempts >= row.attempts_allowed:
            if row.unchanged().update(lease_until=None, **given_up):
                give_up(row)
            return False
        if not row.unchanged().update(due_at=now + ENQUEUE_AGAIN_AFTER):
            return False
        enqueue(row.pk)
    return True


def lease_owner() -> str:
    """Return this process as rows name their holder: host and process id, 100 characters at most."""
    return f"{socket.gethostname()}:{os.getpid()}"[:100]
