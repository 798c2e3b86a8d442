"""The database's own part of the workloads: row-level security, sums by day, outlines for staff. Plain text."""

from accounts.identity.gated_sql import conflicts, counted, gated, listed, newest_wins, shown_sums, sums
from audit.schema import ends

TOTALS = "workloads_dailytotal"
GATED = (
    "workloads_app",
    "workloads_usagerecord",
    "workloads_metric",
    "workloads_command",
    "workloads_logline",
)

_DEFINER = "STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

#: opaque outlines for an ask: which items there are, never what they say; under a committed entry, or none
OUTLINES = f"""
CREATE OR REPLACE FUNCTION workloads_outline_apps(of_subject text)
RETURNS TABLE (id uuid, provider text, region text, as_of timestamptz)
LANGUAGE sql {_DEFINER} AS $body$
    SELECT a.id, a.provider, a.region, a.occurred_at FROM public.workloads_app a
    WHERE a.subject = of_subject AND {listed("workloads.app")}
    ORDER BY a.occurred_at, a.id LIMIT 500
$body$;
CREATE OR REPLACE FUNCTION workloads_name_lines(
    of_subject text, of_app uuid, since timestamptz, until timestamptz, at_most integer)
RETURNS TABLE (id uuid, occurred_at timestamptz, level text) LANGUAGE sql {_DEFINER} AS $body$
    SELECT l.id, l.occurred_at, l.level FROM public.workloads_logline l
    WHERE l.subject = of_subject AND l.app = of_app AND l.occurred_at >= since AND l.occurred_at < until
      AND {listed("workloads.logline")}
    ORDER BY l.occurred_at, l.id LIMIT least(at_most, 50)
$body$;
CREATE OR REPLACE FUNCTION workloads_name_commands(
    of_subject text, since timestamptz, until timestamptz, at_most integer)
RETURNS TABLE (id uuid, occurred_at timestamptz) LANGUAGE sql {_DEFINER} AS $body$
    SELECT c.id, c.occurred_at FROM public.workloads_command c
    WHERE c.subject = of_subject AND c.occurred_at >= since AND c.occurred_at < until
      AND {listed("workloads.command")}
    ORDER BY c.occurred_at, c.id LIMIT least(at_most, 50)
$body$;
REVOKE ALL ON FUNCTION workloads_outline_apps, workloads_name_lines, workloads_name_commands FROM PUBLIC;
"""

STATES = newest_wins(
    "workloads_take_apps",
    "workloads_app",
    {
        "id": "uuid",
        "subject": "varchar",
        "occurred_at": "timestamptz",
        "provider": "varchar",
        "region": "varchar",
        "sealed": "bytea",
    },
)

SUMS = (
    counted("workloads_app", TOTALS, "apps", kind="provider")
    + counted("workloads_usagerecord", TOTALS, "usage", kind="resource", unit="unit", quantity="sum(quantity)")
    + counted("workloads_metric", TOTALS, "metrics", kind="name", unit="unit", quantity="sum(value)")
    + counted("workloads_command", TOTALS, "commands")
    + counted("workloads_logline", TOTALS, "logs", kind="level", unit="'byte'", quantity="sum(octet_length(sealed))")
)

#: ingest may read tokens and say that one was used; it may not make one or let one live longer
TOKENS = """
CREATE FUNCTION workloads_token_used(token uuid, at timestamptz) RETURNS void LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $body$
    UPDATE public.workloads_servicetoken SET used_at = at
    WHERE id = token AND (used_at IS NULL OR used_at < at - interval '1 minute')
$body$;
REVOKE ALL ON FUNCTION workloads_token_used FROM PUBLIC;
"""

#: a token that was revoked is never good again
ENDINGS = ends("workloads_servicetoken")


#: how staff read sums, and how ingest learns whose record it would take over
SHOWN = shown_sums("workloads_shown_sums", TOTALS, "workloads.sums.shown")
CONFLICTS = "".join(conflicts(table) for table in GATED)


def create() -> str:
    """Return everything that the first migration runs."""
    return "".join(gated(table) for table in GATED) + sums(TOTALS) + SUMS + STATES + OUTLINES + TOKENS
