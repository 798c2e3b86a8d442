"""The catalogue of aggregate queries: figures on all people of one closed week, of which none is about a person.

The database computes an answer, once, withholds and rounds, and stores what is left: raw figures never leave it.
No record is counted by two queries or in two cells, so subtracting answers gives nothing that was withheld;
docs/decisions/aggregates.md says why.
"""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any

from django.utils.translation import gettext_lazy as _

from accounts.connections.schema_sql import KEEP_DAYS as CONNECTIONS_DAYS
from accounts.workloads.schema_sql import KEEP_DAYS as WORKLOADS_DAYS
from core.db_objects import ENTRY, Function, Trigger

#: people in the smallest cell that is published; steps in which people are counted
FEWEST, STEP = 11, 5
#: the longest back that any query goes: 104 weeks
_MOST_DAYS = 728
RUN_EVENT = "humanaccess.aggregate.run"


@dataclass(frozen=True)
class AggregateQuery:
    """One query on a data category: `records` is SQL for subject, kind, unit and amount of the week `of_week`.

    `days` are those for which the records are complete, since older ones are erased.
    """

    name: str
    title: Any
    category: str
    records: str
    days: int = _MOST_DAYS


def _sums(stream: str, app: str = "workloads", unit: str = "''", amount: str = "records") -> str:
    return (
        f"SELECT d.subject, d.kind, {unit} AS unit, d.{amount} AS amount FROM public.{app}_dailytotal d "
        f"WHERE d.stream = '{stream}' AND d.day BETWEEN of_week AND of_week + 6"
    )


def _unrestricted(category: str) -> str:
    # As `audit_is_restricted`, once for all people: they are left out of figures.
    return (
        "q.subject NOT IN (SELECT m.subject FROM public.rights_mark m "
        f"WHERE m.category = '{category}' AND m.kind <> 'disputed' AND m.ended_at IS NULL)"
    )


def _cases(table: str, kind: str, at: str) -> str:
    return (
        f"SELECT c.subject, c.{kind} AS kind, '' AS unit, 1 AS amount FROM public.{table} c "
        f"WHERE c.{at} >= of_week::timestamp AT TIME ZONE 'UTC' "
        f"AND c.{at} < (of_week + 7)::timestamp AT TIME ZONE 'UTC'"
    )


QUERIES = {
    query.name: query
    for query in (
        AggregateQuery(
            "usage",
            _("Usage by resource"),
            "usage",
            _sums("usage", unit="d.unit", amount="quantity"),
            min(_MOST_DAYS, WORKLOADS_DAYS["workloads_usagerecord"]),
        ),
        AggregateQuery("apps", _("New apps by cloud provider"), "apps", _sums("apps")),
        AggregateQuery(
            "commands", _("Commands run"), "commands", _sums("commands"), WORKLOADS_DAYS["workloads_command"]
        ),
        AggregateQuery(
            "log_lines",
            _("Errors and other log lines, by level"),
            "logs",
            _sums("logs"),
            WORKLOADS_DAYS["workloads_logline"],
        ),
        AggregateQuery(
            "runs",
            _("Runs of automations by outcome"),
            "runs",
            _sums("runs", "connections"),
            CONNECTIONS_DAYS["connections_run"],
        ),
        AggregateQuery("automations", _("New automations"), "automations", _sums("automations", "connections")),
        AggregateQuery(
            "rights_requests",
            _("Rights requests by kind"),
            "rights.requests",
            _cases("rights_rightsrequest", "kind", "received_at"),
        ),
        AggregateQuery(
            "approval_requests",
            _("Approval requests by ground"),
            "humanaccess.asks",
            _cases("humanaccess_ask", "ground", "asked_at"),
        ),
    )
}


def weeks_of(days: int, now: datetime) -> list[date]:
    """Return the Mondays of the closed weeks within so many days, newest first; UTC, as sums by day have it.

    A week is closed a day after it ended.
    """
    today = now.astimezone(UTC).date()
    newest = today - timedelta(days=8)
    newest -= timedelta(days=newest.weekday())
    weeks = (newest - timedelta(weeks=number) for number in range(days // 7))
    return [week for week in weeks if week >= today - timedelta(days=days)]


OBJECTS = [
    # What of one answer is published. Apart from the next, so that a test may try it on any table.
    Function(
        __file__,
        "humanaccess_suppress",
        "kinds text[], units text[], subjects text[], amounts numeric[]",
        "TABLE (kind text, unit text, persons bigint, amount numeric, share numeric)",
        "sql IMMUTABLE",
        values={"fewest": FEWEST, "step": STEP},
    ),
    # Answers a query for staff, once: only with an entry that says so, and nobody may write the table otherwise.
    Function(
        __file__,
        "humanaccess_run_aggregate",
        "of_query text, of_week date",
        "void",
        is_definer=True,
        values={
            "days": " ".join(f"WHEN '{query.name}' THEN {query.days}" for query in QUERIES.values()),
            "records": " UNION ALL ".join(
                f"SELECT * FROM ({query.records}) q WHERE of_query = '{query.name}' AND {_unrestricted(query.category)}"
                for query in QUERIES.values()
            ),
            "entry": ENTRY,
            "event": RUN_EVENT,
        },
    ),
    Trigger("humanaccess_keep", "humanaccess_aggregate", "BEFORE UPDATE OR DELETE", "audit_refuse"),
]
