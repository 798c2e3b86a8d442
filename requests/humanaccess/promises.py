"""The promise about aggregates (P14): no stored answer tells of fewer than eleven people, or mostly of one."""

from collections import defaultdict
from datetime import datetime, timedelta

from audit.log.models import Entry
from core import db
from core.promises import CheckResult, declare_promise, kept_if

from .aggregates import FEWEST, RUN_EVENT
from .models import Aggregate
from .selectors import payload_field

#: an entry is committed before its answer
_UNTIL_STORED = timedelta(minutes=1)


def _aggregates_are_anonymous(now: datetime) -> CheckResult:
    """Look at every cell ever published, and at whether each run has its answer and each answer its run."""
    with db.use_role("auditor"):
        stored = list(Aggregate.objects.all())
        entries = Entry.objects.filter(event=RUN_EVENT).annotate(
            query=payload_field("query"), week=payload_field("week")
        )
        runs = set(entries.values_list("query", "week").distinct())
        recent = entries.filter(time__gt=now - _UNTIL_STORED)
        settled = runs - set(recent.values_list("query", "week"))
    answers = {(each.query, each.week.isoformat()) for each in stored}
    cells = [cell for each in stored for cell in each.cells]
    published = [cell["persons"] for cell in cells if cell["persons"] is not None]
    faults = {
        "small_cells": sum(persons < FEWEST for persons in published),
        "mostly_of_one_person": sum(each.largest_share > 50 for each in stored),  # noqa: PLR2004  half, in percent
        "withheld_alone": sum(_withheld_alone(each) for each in stored),
        "without_a_run": len(answers - runs),
        "without_an_answer": len(settled - answers),
    }
    figures = {
        "answers": len(stored),
        "published": len(published),
        "withheld": len(cells) - len(published),
        "fewest_people": min(published, default=None),
        "largest_share": max((each.largest_share for each in stored), default=None),
        **faults,
    }
    return kept_if(not any(faults.values()), figures, "An aggregate is not anonymous, or its run is not in the log.")


def _withheld_alone(answer: Aggregate) -> bool:
    """Return whether one cell is withheld beside published ones of its unit: a known sum would give it away."""
    by_unit = defaultdict(list)
    for cell in answer.cells:
        by_unit[cell["unit"]].append(cell["persons"] is None)
    return any(sum(withheld) == 1 < len(withheld) for withheld in by_unit.values())


declare_promise(
    "P14", "No aggregate ever run tells of fewer than eleven people, or mostly of one", _aggregates_are_anonymous
)
