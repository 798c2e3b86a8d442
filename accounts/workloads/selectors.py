"""Opaque outlines of what a person runs, for staff: the database returns rows only under the entry of a listing."""

from datetime import datetime
from uuid import UUID

from core import db


def list_app_outlines(reference: str) -> list[tuple[UUID, str, str, datetime]]:
    """Return id, provider, region and last change of a person's apps."""
    return db.select_rows("SELECT id, provider, region, as_of FROM workloads_outline_apps(%s)", [reference])


def name_records(
    reference: str, app: UUID, start: datetime, end: datetime, limit: int
) -> list[tuple[UUID, datetime, str]]:
    """Return id, time and level of an app's log lines in [start, end)."""
    return db.select_rows(
        "SELECT id, occurred_at, level FROM workloads_name_lines(%s, %s, %s, %s, %s)",
        [reference, app, start, end, limit],
    )


def name_commands(reference: str, start: datetime, end: datetime, limit: int) -> list[tuple[UUID, datetime]]:
    """Return id and time of a person's commands in [start, end)."""
    return db.select_rows(
        "SELECT id, occurred_at FROM workloads_name_commands(%s, %s, %s, %s)", [reference, start, end, limit]
    )
