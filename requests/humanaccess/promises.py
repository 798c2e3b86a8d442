"""What is promised about reading users' data (P03, P06, P12, P13), law (P11) and figures (P14), worked out anew."""

from collections import defaultdict
from collections.abc import Collection
from datetime import datetime, timedelta
from typing import Any

from audit.log.actors import machine
from audit.log.append import append
from audit.log.models import Entry, payload_field
from core import db
from core.promises import CheckResult, PromiseState, declare_promise, kept_if

from . import recompute_sql
from .aggregates import FEWEST, RUN_EVENT
from .events import READS_MEASURED
from .models import Aggregate
from .selectors import last_reads_measured

#: how far back each measurement looks
PERIOD = timedelta(days=90)
#: exceptions that a note names; how many there are stands in the figures
NAMED = 20
#: kinds of items that are usage data, and those that hold what a user wrote or runs: a command and a log line are both
USAGE = ("workloads.usage", "workloads.metric", "workloads.command", "workloads.logline", "workloads.webvisit",
         "identity.session")  # fmt: skip
CODE = ("workloads.app", "workloads.command", "workloads.logline", "connections.automation", "connections.run",
        "connections.transfer", "inbox.letter", "platform.code", "platform.files")  # fmt: skip


def _recompute(
    sql: str, now: datetime, kinds: Collection[str] | None = None, role: str = "auditor"
) -> list[tuple[Any, ...]]:
    """Return the rows of one of the statements: at the end of each how many there are, and the exceptions."""
    with db.use_role(role), db.atomic():
        # The planner knows little of what stands in leaves: it would compare each read with each grant, on disk.
        db.select_rows("SELECT set_config('enable_nestloop', 'off', true), set_config('work_mem', '64MB', true)")
        return db.select_rows(sql, {"since": now - PERIOD, "now": now, "kinds": kinds and list(kinds)})


def _result(figures: dict[str, Any], wrong: list[str]) -> CheckResult:
    more = f" … and {len(wrong) - NAMED} more" if len(wrong) > NAMED else ""
    return kept_if(not wrong, figures | {"exceptions": len(wrong)}, "; ".join(wrong[:NAMED]) + more)


def _usage_read_for_a_purpose(now: datetime) -> CheckResult:
    [(reads, wrong)] = _recompute(recompute_sql.READS, now, USAGE)
    machines = _recompute(recompute_sql.MACHINES, now)
    by_purpose = {f"by_machines_for_{purpose}": count for purpose, count, _wrong in machines}
    return _result({"by_staff": reads, **by_purpose}, sum((each for *_counts, each in machines), wrong))


def _code_read_under_a_grant(now: datetime) -> CheckResult:
    [(reads, wrong)] = _recompute(recompute_sql.READS, now, CODE)
    return _result({"reads": reads}, wrong)


def _no_other_human_reads(now: datetime, role: str = "auditor") -> CheckResult:
    [(reads, wrong)] = _recompute(recompute_sql.READS, now, role=role)
    [(others, misused)] = _recompute(recompute_sql.OTHER_OPENINGS, now, role=role)
    [(broken, unreviewed)] = _recompute(recompute_sql.BREAK_GLASS, now, role=role)
    figures = {"reads": reads, "by_machines_and_own_pages": others, "without_a_decision": broken}
    return _result(figures, wrong + misused + unreviewed)


def record_reads_measured(now: datetime) -> str:
    """Measure P12 as the worker, append an entry when its state is another than the last one, and return the state."""
    result = _no_other_human_reads(now, "worker")
    last = last_reads_measured()
    if result.state != (last.state if last else PromiseState.KEPT):
        payload = {"state": result.state.value, "exceptions": result.figures["exceptions"]}
        with db.atomic():
            append(READS_MEASURED, actor=machine("humanaccess.promises"), subject=None, now=now, payload=payload)
    return result.state.value


def _agreements_documented(now: datetime) -> CheckResult:
    [(grants, wrong)] = _recompute(recompute_sql.AGREEMENTS, now)
    return _result({"grants": grants}, wrong)


def _handed_over_by_law(now: datetime) -> CheckResult:
    [(productions, wrong)] = _recompute(recompute_sql.PRODUCTIONS, now)
    return _result({"handed_over": productions}, wrong)


declare_promise("P11", "What is handed over by law belongs to a legal process", _handed_over_by_law)
declare_promise(
    "P03",
    "Staff read usage data under a grant alone, and machines for a purpose of the closed list",
    _usage_read_for_a_purpose,
)
declare_promise("P06", "Staff read user code and data under a grant alone", _code_read_under_a_grant)
declare_promise(
    "P12",
    "Every read by a person lies inside a grant that was valid then, and nothing else opens restricted data to one",
    _no_other_human_reads,
)
declare_promise("P13", "Every agreement has its text, its items and the user's act", _agreements_documented)

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
