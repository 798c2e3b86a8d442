"""Sweep what is past its rule, and log what is left."""

from datetime import datetime

from accounts.personaldata.retention import count_past_rule, sweep_retention
from accounts.terms.events import RETENTION_MEASURED
from audit.log.actors import machine
from audit.log.append import append
from core import db


def sweep_and_measure(*, now: datetime) -> dict[str, int]:
    """Remove what is past its rule, then log what of each data category is left: for staff, whose role sees no sums.

    Return category → how many were removed, without those that failed. Call it under the worker's role.
    """
    removed = sweep_retention(now=now)
    for name, (past, held) in count_past_rule(now=now).items():
        payload = {"category": name, "past": past, "held": held, "removed": removed.get(name, 0)}
        with db.atomic():
            append(RETENTION_MEASURED, actor=machine("retention"), subject=None, now=now, payload=payload)
    return removed
