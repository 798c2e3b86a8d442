"""The database's own part of the connections: row-level security, counts by day, outlines for staff. Plain text."""

from accounts.identity.gated_sql import conflicts, counted, gated, listed, newest_wins, shown_sums, sums

TOTALS = "connections_dailytotal"
GATED = ("connections_automation", "connections_run")

_DEFINER = "STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

#: opaque outlines for an ask: which items there are, never what they say; under a committed entry, or none
OUTLINES = f"""
CREATE OR REPLACE FUNCTION connections_outline_automations(of_subject text)
RETURNS TABLE (id uuid, is_on boolean, scopes text[], as_of timestamptz) LANGUAGE sql {_DEFINER} AS $body$
    SELECT a.id, a.is_on, a.scopes::text[], a.occurred_at FROM public.connections_automation a
    WHERE a.subject = of_subject AND {listed("connections.automation")}
    ORDER BY a.occurred_at, a.id LIMIT 500
$body$;
CREATE OR REPLACE FUNCTION connections_name_runs(of_subject text, since timestamptz, until timestamptz, at_most integer)
RETURNS TABLE (id uuid, occurred_at timestamptz, automation uuid, outcome text) LANGUAGE sql {_DEFINER} AS $body$
    SELECT r.id, r.occurred_at, r.automation, r.outcome FROM public.connections_run r
    WHERE r.subject = of_subject AND r.occurred_at >= since AND r.occurred_at < until
      AND {listed("connections.run")}
    ORDER BY r.occurred_at, r.id LIMIT least(at_most, 50)
$body$;
REVOKE ALL ON FUNCTION connections_outline_automations, connections_name_runs FROM PUBLIC;
"""

STATES = newest_wins(
    "connections_take_automations",
    "connections_automation",
    {
        "id": "uuid",
        "subject": "varchar",
        "occurred_at": "timestamptz",
        "is_on": "boolean",
        "scopes": "varchar[]",
        "sealed": "bytea",
    },
)

SUMS = counted("connections_automation", TOTALS, "automations") + counted(
    "connections_run", TOTALS, "runs", kind="outcome"
)


#: how staff read counts, and how ingest learns whose record it would take over
SHOWN = shown_sums("connections_shown_sums", TOTALS, "connections.sums.shown")
CONFLICTS = "".join(conflicts(table) for table in GATED)


def create() -> str:
    """Return everything that the first migration runs."""
    return "".join(gated(table) for table in GATED) + sums(TOTALS) + SUMS + STATES + OUTLINES
