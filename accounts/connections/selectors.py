"""Reading connections: the owner's automations; opaque outlines for staff, under the entry of a listing."""

from datetime import datetime
from uuid import UUID

from core import db

from .models import Automation

#: most automations that the owner's page shows
MOST_SHOWN = 100


def list_automation_outlines(reference: str) -> list[tuple[UUID, bool, list[str], datetime]]:
    """Return id, on or off, scopes and last change of a person's automations."""
    return db.select_rows("SELECT id, is_on, scopes, as_of FROM connections_outline_automations(%s)", [reference])


def name_runs(reference: str, start: datetime, end: datetime, limit: int) -> list[tuple[UUID, datetime, UUID, str]]:
    """Return id, time, automation and outcome of runs in [start, end)."""
    return db.select_rows(
        "SELECT id, occurred_at, automation, outcome FROM connections_name_runs(%s, %s, %s, %s)",
        [reference, start, end, limit],
    )


def list_automations(reference: str) -> list[Automation]:
    """Return the newest of a person's automations, encrypted, as row-level security lets the current role see them."""
    return list(Automation.objects.filter(subject=reference).order_by("-occurred_at", "-id")[:MOST_SHOWN])
