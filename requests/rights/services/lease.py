"""The lease on a step: one worker at a time, and the log's line before anything is read."""

import os
import socket
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from time import monotonic
from types import TracebackType
from typing import Self
from uuid import UUID

from django.conf import settings
from django.db.backends.base.base import BaseDatabaseWrapper
from django.db.models import F

from audit import sides
from audit.actors import machine
from audit.services import append
from rights import events
from rights.errors import LeaseLostError
from rights.models import Step
from rights.selectors import unsettled_exports
from rights.states import RUNNABLE, State, StepStatus, Verb

Clock = Callable[[], datetime]
#: seconds between two signs of life, at least
BEAT_EVERY = 1.0
ACTOR = machine("worker")


def lease_lasts() -> timedelta:
    """Return how long a worker that has died silently keeps its step."""
    return timedelta(seconds=settings.RIGHTS_STEP_LEASE)


def step_payload(step: Step, attempt: int) -> dict[str, str | int]:
    """Return what every event about a step carries."""
    return {
        "case": step.request.reference,
        "step": str(step.pk),
        "holding": step.holding,
        "verb": step.verb,
        "attempt": attempt,
    }


@dataclass(frozen=True)
class Lease:
    """The right to work on a step; `attempt` is its fence, `entry` the committed line under which it reads."""

    step: Step
    attempt: int
    entry: UUID
    started_at: datetime

    @property
    def payload(self) -> dict[str, str | int]:
        """Return what every event of this attempt carries."""
        return step_payload(self.step, self.attempt)


def take_lease(step_id: UUID, *, now: datetime) -> Lease | None:
    """Lease the step by compare-and-swap and commit the line that permits reading; None when it is not to be had."""
    step = (
        Step.objects.select_related("request__user")
        .defer("request__user__password")
        .filter(pk=step_id, status__in=sorted(RUNNABLE), request__state=State.IN_PROGRESS)
        .first()
    )
    if (
        step is None
        or step.attempts >= step.attempts_allowed
        or (step.lease_until is not None and step.lease_until > now)
    ):
        return None
    if step.verb == Verb.ASSEMBLE and unsettled_exports(step.request_id).exists():
        return None
    with sides.atomic(durable=True):
        until = now + lease_lasts()
        taken = Step.objects.filter(
            pk=step_id, attempts=step.attempts, status=step.status, lease_until=step.lease_until
        ).update(
            status=StepStatus.RUNNING,
            attempts=F("attempts") + 1,
            lease_until=until,
            due_at=until,
            lease_owner=f"{socket.gethostname()}:{os.getpid()}"[:100],
            started_at=now,
            progress=0,
        )
        if not taken:
            return None
        attempt = step.attempts + 1
        entry = append(
            events.STEP_STARTED, actor=ACTOR, subject=step.subject, now=now, payload=step_payload(step, attempt)
        )
        Step.objects.filter(pk=step_id).update(entry=entry)
    return Lease(step, attempt, entry, now)


class Pulse:
    """Keeps a lease alive and shows progress, on a connection of its own: the step's reading is one transaction.

    A worker that hangs in one read for longer than the lease loses the step; the fence stops it afterwards.
    """

    def __init__(self, lease: Lease, clock: Clock) -> None:
        self._lease = lease
        self._clock = clock
        self._last = monotonic()
        self._connection: BaseDatabaseWrapper = sides.connection().copy()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._connection.close()

    def expect(self, count: int) -> None:
        """Say how many records there are to read."""
        self._write("expected = %s", count)

    def beat(self, progress: int) -> None:
        """Say how many were read so far; cheap to call for each. Raises LeaseLostError when overtaken."""
        if monotonic() - self._last >= BEAT_EVERY:
            self._write("progress = %s", progress)

    def _write(self, assignment: str, value: int) -> None:
        now = self._clock()
        until = now + lease_lasts()
        with self._connection.cursor() as cursor:
            cursor.execute(
                f"UPDATE rights_step SET {assignment}, lease_until = %s, due_at = %s"
                " WHERE id = %s AND attempts = %s AND status = 'running'",
                [value, until, until, self._lease.step.pk, self._lease.attempt],
            )
            if cursor.rowcount != 1:
                raise LeaseLostError
        self._last = monotonic()
