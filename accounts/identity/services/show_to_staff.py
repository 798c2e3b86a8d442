"""Log a member of staff's access to people's accounts or to a person's daily totals, before anything is shown."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from accounts.identity.actors import actor_of
from accounts.identity.events import PERSON_SHOWN
from accounts.identity.models import User
from audit.log.append import append
from audit.log.event_types import EventType
from core import db

#: totals that the database gives at once, and the most that one access shows
BATCH, MOST = 200, 2_000


@dataclass(frozen=True)
class ShownTotal:
    """One daily total as staff see it: without numbers where it is of few records."""

    day: date
    stream: str
    kind: str
    unit: str
    records: int | None
    quantity: Decimal | None


def show_sums(
    function: str,
    event: EventType,
    subject: str,
    *,
    actor: User,
    now: datetime,
    stream: str = "",
    start: date,
    end: date,
) -> tuple[list[ShownTotal], bool]:
    """Return a person's totals from `start` to `end`, newest first, and whether there are more than `MOST`.

    The entry of the type `event`, which authorises the database's `function` to return them, is committed before
    anything is read: where it cannot be written, nothing is shown. `subject` is the person's reference; an empty
    `stream` means all.
    """
    with db.atomic(durable=True):
        entry = append(event, actor=actor_of(actor), subject=subject, now=now)
    rows: list[ShownTotal] = []
    with db.atomic():
        db.set_local(entry=str(entry))
        while len(rows) < MOST:
            found = db.select_rows(
                f"SELECT day, stream, kind, unit, records, quantity FROM {function}(%s, %s, %s, %s, %s)",
                [stream, start, end, BATCH, len(rows)],
            )
            rows += [ShownTotal(*row) for row in found]
            if len(found) < BATCH:
                return rows, False
    return rows, True


def show_people(people: Iterable[User], *, actor: User, page: str, now: datetime) -> None:
    """Log each access and commit before anything is shown: where it cannot be logged, nothing is shown."""
    with db.atomic(durable=True):
        for person in people:
            append(PERSON_SHOWN, actor=actor_of(actor), subject=person.reference, now=now, payload={"page": page})
