"""Draw by chance which accesses on agreement, and which runs of aggregate queries, are reviewed.

A sweep of the worker draws, once an access has ended for good: whoever draws in a transaction of their own could roll
it back and draw again. What a worker that died did not draw is drawn by the next sweep.
"""

from datetime import datetime
from uuid import UUID

from audit.log.actors import machine
from audit.log.append import append
from audit.log.sweep_items import sweep_items
from cases.log_case import log_case
from core import db
from humanaccess import events, selectors
from humanaccess.models import Grant
from humanaccess.states import SampleKind

_SWEEPER = machine("humanaccess.sweeper")
_BATCH = 500


def draw_samples(now: datetime) -> int:
    """Draw what is over and was not drawn, and return how much; two sweepers draw each once."""
    accesses = selectors.list_undrawn(now).order_by("ends_at")
    runs = selectors.list_undrawn_runs(now)
    return sweep_items("humanaccess.samples", accesses, _draw_access, now=now, batch=_BATCH) + sweep_items(
        "humanaccess.runs", runs, _draw_run, now=now, batch=_BATCH
    )


def _draw(key: UUID, kind: SampleKind) -> bool | None:
    """Have the database draw; None where it was drawn before."""
    drawn: bool | None = db.select_value("SELECT humanaccess_draw_sample(%s, %s)", [key, kind.value])
    return drawn


def _draw_access(grant_id: UUID, now: datetime) -> bool:
    with db.atomic():
        if (drawn := _draw(grant_id, SampleKind.ACCESS)) is None:
            return False
        case = Grant.objects.select_related("approval_request").get(pk=grant_id).approval_request
        log_case(events.ACCESS_SAMPLED, case, actor=_SWEEPER, now=now, grant=str(grant_id), drawn=drawn)
    return True


def _draw_run(entry: UUID, now: datetime) -> bool:
    with db.atomic():
        if (drawn := _draw(entry, SampleKind.RUN)) is None:
            return False
        payload = {"run": str(entry), "drawn": drawn}
        append(events.AGGREGATE_SAMPLED, actor=_SWEEPER, subject=None, now=now, payload=payload)
    return True
