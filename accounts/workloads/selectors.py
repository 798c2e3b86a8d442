"""Reading workloads: sums for everybody who may see them; opaque outlines for staff."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Sum

from audit import sides
from audit.tokens import token_hash

from .models import DailyTotal, ServiceToken

#: most items that one listing names
MOST_NAMED = 50


def count_records(stream: str, reference: str) -> int:
    """Return how many records of a stream a person has, from the sums by day: no gated row is read."""
    with sides.as_subject(reference):
        found = DailyTotal.objects.filter(subject=reference, stream=stream).aggregate(total=Sum("records"))
    return int(found["total"] or 0)


def _rows(sql: str, parameters: list[Any]) -> list[tuple[Any, ...]]:
    with sides.connection().cursor() as cursor:
        cursor.execute(sql, parameters)
        found: list[tuple[Any, ...]] = cursor.fetchall()
    return found


def list_app_outlines(reference: str) -> list[tuple[UUID, str, str, datetime]]:
    """Return id, provider, region and last change of a person's apps; the staff side may ask."""
    return _rows("SELECT id, provider, region, as_of FROM workloads_outline_apps(%s)", [reference])


def name_lines(
    reference: str, app: UUID, start: datetime, end: datetime, limit: int = MOST_NAMED
) -> list[tuple[UUID, datetime, str]]:
    """Return id, time and level of an app's log lines in [start, end), 50 at most; the staff side may ask."""
    return _rows(
        "SELECT id, occurred_at, level FROM workloads_name_lines(%s, %s, %s, %s, %s)",
        [reference, app, start, end, limit],
    )


def name_commands(
    reference: str, start: datetime, end: datetime, limit: int = MOST_NAMED
) -> list[tuple[UUID, datetime]]:
    """Return id and time of a person's commands in [start, end), 50 at most; the staff side may ask."""
    return _rows("SELECT id, occurred_at FROM workloads_name_commands(%s, %s, %s, %s)", [reference, start, end, limit])


def get_token(text: str) -> ServiceToken | None:
    """Return the token with this text, living or not; it is found by its hash, so by nothing that leaks."""
    return ServiceToken.objects.filter(hash=token_hash(text)).first()
