"""Reading connections: counts by day; opaque outlines for staff."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Sum

from audit import sides

from .models import Automation, DailyTotal

#: most items that one listing names
MOST_NAMED = 50
#: most automations that the owner's page shows
MOST_SHOWN = 100


def count_records(stream: str, reference: str) -> int:
    """Return how many records of a stream a person has, from the counts by day: no gated row is read."""
    with sides.as_subject(reference):
        found = DailyTotal.objects.filter(subject=reference, stream=stream).aggregate(total=Sum("records"))
    return int(found["total"] or 0)


def _rows(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with sides.connection().cursor() as cursor:
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def list_automation_outlines(reference: str) -> list[tuple[UUID, bool, list[str], datetime]]:
    """Return id, on or off, scopes and last change of a person's automations; the staff side may ask."""
    return _rows("SELECT id, is_on, scopes, as_of FROM connections_outline_automations(%s)", [reference])


def name_runs(
    reference: str, start: datetime, end: datetime, limit: int = MOST_NAMED
) -> list[tuple[UUID, datetime, UUID, str]]:
    """Return id, time, automation and outcome of runs in [start, end), 50 at most; the staff side may ask."""
    return _rows(
        "SELECT id, occurred_at, automation, outcome FROM connections_name_runs(%s, %s, %s, %s)",
        [reference, start, end, limit],
    )


def list_automations(reference: str) -> list[Automation]:
    """Return the newest of a person's automations, sealed, as row-level security lets the acting side see them."""
    return list(Automation.objects.filter(subject=reference).order_by("-occurred_at", "-id")[:MOST_SHOWN])
