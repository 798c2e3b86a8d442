"""Show a member of staff one person's sums by day: the look is logged first, then the sums are read."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit import sides
from audit.registry import EventType
from audit.services import append

#: sums on one page
PAGE = 100


@dataclass(frozen=True)
class SumsOf:
    """Where sums of one kind come from: the event that a look is, and the database function that the event opens."""

    event: EventType
    function: str


@dataclass(frozen=True)
class ShownSum:
    """One sum by day as staff see it: without numbers where it is of few records."""

    day: date
    stream: str
    kind: str
    unit: str
    records: int | None
    quantity: Decimal | None


def show_sums(
    of: SumsOf, subject: str, *, by: User, now: datetime, stream: str = "", start: date, end: date, page: int = 1
) -> tuple[list[ShownSum], bool]:
    """Return one page of a person's sums from `start` to `end`, newest first, and whether there are more.

    The entry is committed before anything is read: where it cannot be written, nothing is shown. `subject` is the
    person's reference, an empty `stream` means each.
    """
    with sides.atomic(durable=True):
        entry = append(of.event, actor=actor_of(by), subject=subject, now=now)
    with sides.atomic(), sides.connection().cursor() as cursor:
        sides.set_local(entry=str(entry))
        cursor.execute(
            f"SELECT day, stream, kind, unit, records, quantity FROM {of.function}(%s, %s, %s, %s, %s)",
            [stream, start, end, PAGE + 1, (page - 1) * PAGE],
        )
        rows = [ShownSum(*row) for row in cursor.fetchall()]
    return rows[:PAGE], len(rows) > PAGE
