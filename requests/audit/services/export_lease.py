"""The lease on an export: one worker at a time, and nothing is written by one that was overtaken."""

import os
import socket
from collections.abc import Callable
from datetime import datetime, timedelta
from time import monotonic
from typing import Any
from uuid import UUID

from django.conf import settings
from django.db.models import F

from audit import sides
from audit.actors import machine
from audit.export_states import MAX_ATTEMPTS, RUNNABLE, ExportState
from audit.models import Export

Clock = Callable[[], datetime]
ACTOR = machine("worker")
#: seconds between two signs of life, at least
_BEAT_EVERY = 2.0
#: bytes a second that any storage takes
_SLOWEST = 1_000_000


class ExportLeaseLostError(Exception):
    """The export was paused, cancelled, or taken by another worker."""


def export_lease_lasts() -> timedelta:
    """Return how long a worker that has died silently keeps its export."""
    return timedelta(seconds=settings.AUDIT_EXPORT_LEASE)


class ExportLease:
    """The right to work on an export; `attempt` is its fence."""

    def __init__(self, export: Export, clock: Clock) -> None:
        self.export = export
        self.attempt = export.attempts
        self.clock = clock
        self._last = monotonic()

    def hold(self, *, longer: timedelta = timedelta(), **changes: Any) -> None:
        """Write changes to the row and stay its holder; raises ExportLeaseLostError when it no longer is."""
        until = self.clock() + export_lease_lasts() + longer
        held = Export.objects.filter(pk=self.export.pk, attempts=self.attempt, state=ExportState.RUNNING)
        if not held.update(lease_until=until, due_at=until, **changes):
            raise ExportLeaseLostError
        for name, value in changes.items():
            setattr(self.export, name, value)
        self._last = monotonic()

    def beat(self) -> None:
        """Show life; cheap to call often. Raises ExportLeaseLostError."""
        if monotonic() - self._last >= _BEAT_EVERY:
            self.hold()

    def storing(self, size: int) -> None:
        """Give the storage the time that so many bytes may take it: nobody shows life meanwhile."""
        self.hold(longer=timedelta(seconds=size // _SLOWEST))

    def progressed(self, **changes: Any) -> None:
        """Like `hold`, after work that is done for good: failures before it count no longer."""
        self.hold(attempts_allowed=self.attempt + MAX_ATTEMPTS, **changes)


def take_export(export_id: UUID, *, clock: Clock) -> ExportLease | None:
    """Lease the export by compare-and-swap; None when it is not to be had."""
    now = clock()
    seen = Export.objects.filter(pk=export_id, state__in=sorted(RUNNABLE)).first()
    if seen is None or seen.attempts >= seen.attempts_allowed:
        return None
    if seen.lease_until is not None and seen.lease_until > now:
        return None
    with sides.atomic(durable=True):
        until = now + export_lease_lasts()
        taken = Export.objects.filter(
            pk=export_id, state=seen.state, attempts=seen.attempts, lease_until=seen.lease_until
        ).update(
            state=ExportState.RUNNING,
            attempts=F("attempts") + 1,
            lease_until=until,
            due_at=until,
            lease_owner=f"{socket.gethostname()}:{os.getpid()}"[:100],
            started_at=seen.started_at or now,
            error="",
        )
    return ExportLease(Export.objects.get(pk=export_id), clock) if taken else None
