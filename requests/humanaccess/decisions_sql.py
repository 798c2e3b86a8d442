"""What the grant function asks before it opens anything: who holds a role, what was not agreed to, who has approved,
who is left to review. The services ask the same functions, so that there is one rule. SQL for the migrations.
"""

from .gate_sql import GATED_TABLES

_SAFE = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"

#: kind of item → the column that says of which app or automation it is; an automation and an app are their own
_PLACES = {
    "workloads.app": "id",
    "workloads.usage": "app",
    "workloads.metric": "app",
    "workloads.command": "app",
    "workloads.logline": "app",
    "connections.automation": "id",
    "connections.run": "automation",
}

#: the one place where the database asks who holds a role
HOLDERS = f"""
CREATE OR REPLACE FUNCTION humanaccess_holders(wanted text[]) RETURNS SETOF text LANGUAGE sql STABLE {_SAFE} AS $body$
    SELECT u.reference::text FROM public.identity_user u
    JOIN public.identity_roleassignment r ON r.user_id = u.id AND r.role = ANY (wanted)
         AND r.effective_at <= clock_timestamp() AND r.ended_at IS NULL
    WHERE u.is_staff AND u.is_active
$body$;
REVOKE ALL ON FUNCTION humanaccess_holders FROM PUBLIC;
"""


def _create_place() -> str:
    """Return the function that says whose an item is, of which app, and in which hour: nothing of what it holds."""
    found = " UNION ALL ".join(
        f"SELECT concat_ws(' ', t.subject, coalesce(t.{column}::text, '-'), "
        f"date_trunc('hour', t.occurred_at AT TIME ZONE 'UTC')) "
        f"FROM public.{table} t WHERE wanted = '{kind}' AND t.id = thing"
        for kind, table in GATED_TABLES.items()
        for column in [_PLACES[kind]]
    )
    return f"""
CREATE OR REPLACE FUNCTION humanaccess_place(wanted text, thing uuid) RETURNS text LANGUAGE sql STABLE {_SAFE} AS $body$
    {found}
$body$;
REVOKE ALL ON FUNCTION humanaccess_place FROM PUBLIC;
"""


#: items that the user was asked for and did not agree to, each with the item named now that it is, or lies beside
NOT_AGREED = f"""
CREATE OR REPLACE FUNCTION humanaccess_not_agreed(of_subject text, kinds text[], things uuid[])
RETURNS TABLE (asked_item uuid, named uuid) LANGUAGE plpgsql STABLE {_SAFE} AS $body$
BEGIN
    -- Each place is looked up once: for each pair of an item named and one asked for then, it took minutes.
    RETURN QUERY WITH given AS MATERIALIZED (
        SELECT n.kind, n.item, public.humanaccess_place(n.kind, n.item) AS place
        FROM unnest(kinds, things) n(kind, item)
    ), asked AS MATERIALIZED (
        SELECT i.id, i.kind, i.item, public.humanaccess_place(i.kind, i.item) AS place
        FROM public.humanaccess_ask_item i
        JOIN public.humanaccess_ask a ON a.id = i.ask_id AND a.ground = 'agreement'
             AND (a.state <> 'asked' OR a.expires_at <= clock_timestamp())
        WHERE i.subject = of_subject AND i.kind = ANY (kinds) AND i.answer <> 'agreed'
    )
    SELECT i.id, n.item FROM given n JOIN asked i ON i.kind = n.kind AND (i.item = n.item OR i.place = n.place);
END
$body$;
REVOKE ALL ON FUNCTION humanaccess_not_agreed FROM PUBLIC;
"""

#: how many have approved who hold the right now, and how many must: two, who both saw it, for what was not agreed to
COUNT_APPROVALS = f"""
CREATE OR REPLACE FUNCTION humanaccess_count_approvals(wanted uuid) RETURNS TABLE (approvals integer, needed integer)
LANGUAGE plpgsql {_SAFE} AS $body$
DECLARE
    a public.humanaccess_ask;
    must_see boolean;
BEGIN
    SELECT * INTO a FROM public.humanaccess_ask WHERE id = wanted;
    -- Whoever takes a right away holds its row: this waits for them, and they end what was opened before.
    PERFORM FROM public.humanaccess_decision d
    JOIN public.identity_user u ON u.reference = d.decided_by
    JOIN public.identity_roleassignment r ON r.user_id = u.id
    WHERE d.ask_id = a.id AND d.verdict = 'approved' FOR SHARE OF u, r;
    must_see := EXISTS (
        SELECT FROM public.humanaccess_not_agreed(a.subject, ARRAY(
            SELECT i.kind::text FROM public.humanaccess_ask_item i WHERE i.ask_id = a.id ORDER BY i.id), ARRAY(
            SELECT i.item FROM public.humanaccess_ask_item i WHERE i.ask_id = a.id ORDER BY i.id)));
    needed := CASE WHEN must_see THEN 2 ELSE 1 END;
    SELECT count(DISTINCT d.decided_by) INTO approvals
    FROM public.humanaccess_decision d
    WHERE d.ask_id = a.id AND d.verdict = 'approved' AND d.decided_by NOT IN (a.asker, a.subject)
      AND (d.saw_refusal OR NOT must_see)
      AND d.decided_by IN (SELECT public.humanaccess_holders(ARRAY['approver_' || a.ground]))
      AND public.identity_may_decide_for(a.asker, d.decided_by);
    RETURN NEXT;
END
$body$;
REVOKE ALL ON FUNCTION humanaccess_count_approvals FROM PUBLIC;
"""


def create() -> str:
    """Return every function, those first that the others call."""
    return HOLDERS + _create_place() + NOT_AGREED + COUNT_APPROVALS
