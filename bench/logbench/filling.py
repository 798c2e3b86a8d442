"""A log of any length: entries as the office writes them, put in by COPY, taken into the tree by the sequencer."""

import os
import random
import uuid
from datetime import UTC, datetime, timedelta
from typing import BinaryIO

import psycopg

from .scratch import manage

_EVENTS = (
    "humanaccess.item.read",
    "humanaccess.ask.opened",
    "rights.request.extended",
    "rights.step.finished",
    "identity.session.opened",
)
_COPY = "COPY audit_entry (id, leaf, time, actor, event, outcome, subject, case_ref) FROM STDIN (FORMAT BINARY)"


def fill(count: int, *, subjects: int = 10_000, leaves: BinaryIO | None = None) -> None:
    """Write `count` entries of this month, without disclosures; they wait for the tree. `leaves` gets their bytes."""
    from audit.log import canonical_json, rfc3339, uuid7

    # Fixed, so that two runs compare the same log.
    dice = random.Random(7)
    people = [f"{dice.getrandbits(128):032x}" for _ in range(subjects)]
    end = datetime.now(UTC) - timedelta(minutes=1)
    step = (end - end.replace(day=1, hour=0, minute=0, second=0)) / max(count, 1)
    with psycopg.connect(os.environ["DATABASE_URL"]) as connection, connection.cursor() as cursor:
        with cursor.copy(_COPY) as copy:
            copy.set_types(["uuid", "bytea", "timestamptz", "text", "text", "text", "text", "text"])
            for number in range(count):
                at = end - step * (count - number)
                entry = uuid7.uuid7(at)
                event, subject = _EVENTS[number % len(_EVENTS)], dice.choice(people)
                actor = f"staff:{dice.choice(people[:200])}"
                case = f"HA-2026-{number % 50_000:06d}" if number % 3 else None
                outcome = "ok" if number % 50 else "refused"
                leaf = canonical_json.encode(
                    {
                        "version": 1,
                        "id": str(entry),
                        "time": rfc3339.write(at),
                        "actor": actor,
                        "event": event,
                        "event_version": 1,
                        "outcome": outcome,
                        "subject": subject,
                        "request": f"{dice.getrandbits(128):032x}",
                        "payload": {"case": case, "kind": "workloads.logline", "item": str(uuid.UUID(int=number))},
                        "sd": [],
                    }
                )
                if leaves is not None:
                    leaves.write(leaf)
                copy.write_row((entry, leaf, at, actor, event, outcome, subject, case))
        connection.commit()


def settle() -> None:
    """Take everything into the tree, sign, and leave the tables as a day of autovacuum would."""
    manage("audit_sequence")
    with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
        connection.execute("VACUUM ANALYZE")
