"""The gate in the database: who sees a gated row, and who may open or end a grant. SQL for the migration.

A read takes two transactions. The first appends `humanaccess.item.read` and commits. The second names grant and
entry in `office.grant` and `office.entry` (and the user in `office.subject`); only then, for seconds, does
`humanaccess_open_item` give the item's id, and only the row with that id passes the policy.
"""

from .grounds import RULES, Ground

#: kind of item → the table it lives in; each gets the staff's door
GATED_TABLES: dict[str, str] = {
    "workloads.app": "workloads_app",
    "workloads.usage": "workloads_usagerecord",
    "workloads.metric": "workloads_metric",
    "workloads.command": "workloads_command",
    "workloads.logline": "workloads_logline",
    "connections.automation": "connections_automation",
    "connections.run": "connections_run",
}

#: how old a read entry may be when the row is fetched, in seconds by the database's clock; a grant may start by
#: another machine's clock, which may differ by as much
TICKET_SECONDS = 10

#: the longest life of an ask in seconds by the database's clock, and a minute more: clocks differ
_LIFETIME = int(max(rule.ask_lifetime for rule in RULES.values()).total_seconds()) + 60
_SAFE = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"


def _seconds(ground: Ground) -> int:
    return int(RULES[ground].window_max.total_seconds())


#: who may read what was agreed to, and on the security ground; `humanaccess_holders` says who holds a role
_READERS = {ground: ", ".join(f"'{role}'" for role in sorted(RULES[ground].askers)) for ground in Ground}

OPEN_ITEM = f"""
CREATE OR REPLACE FUNCTION humanaccess_open_item(wanted text) RETURNS uuid LANGUAGE plpgsql STABLE {_SAFE} AS $body$
BEGIN
    RETURN (
        SELECT i.item
        FROM public.humanaccess_grant g
        JOIN public.audit_entry e ON e.id = nullif(current_setting('office.entry', true), '')::uuid
        CROSS JOIN LATERAL (SELECT convert_from(e.leaf, 'UTF8')::jsonb -> 'payload' AS payload) l
        JOIN public.humanaccess_ask a ON a.id = g.ask_id
        JOIN public.humanaccess_ask_item i ON i.ask_id = g.ask_id AND i.kind = wanted
             AND i.item = (l.payload ->> 'item')::uuid
        WHERE g.id = nullif(current_setting('office.grant', true), '')::uuid
          AND g.subject = current_setting('office.subject', true)
          AND g.ended_at IS NULL
          AND clock_timestamp() < g.ends_at
          AND clock_timestamp() > g.starts_at - interval '{TICKET_SECONDS} seconds'
          AND e.event = 'humanaccess.item.read'
          AND e.outcome = 'ok'
          AND e.subject = g.subject
          AND e.actor = 'staff:' || g.reader
          AND e.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
          AND e.written_at BETWEEN clock_timestamp() - interval '{TICKET_SECONDS} seconds' AND clock_timestamp()
          AND l.payload ->> 'grant' = g.id::text
          AND l.payload ->> 'kind' = wanted
          AND ((a.ground = 'agreement' AND a.state = 'agreed' AND i.answer = 'agreed'
                AND g.reader IN (SELECT public.humanaccess_holders(ARRAY[{_READERS[Ground.AGREEMENT]}])))
               OR (a.ground = 'security' AND a.state = 'approved'
                AND g.reader IN (SELECT public.humanaccess_holders(ARRAY[{_READERS[Ground.SECURITY]}]))))
    );
END
$body$;
REVOKE ALL ON FUNCTION humanaccess_open_item FROM PUBLIC;
"""

OPEN_GRANT = f"""
CREATE OR REPLACE FUNCTION humanaccess_open_grant(wanted uuid, at timestamptz) RETURNS uuid
LANGUAGE plpgsql {_SAFE} AS $body$
DECLARE
    a public.humanaccess_ask;
    opened uuid := gen_random_uuid();
    approvals integer;
    needed integer;
    readers text[];
BEGIN
    SELECT * INTO a FROM public.humanaccess_ask WHERE id = wanted FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'There is no such ask.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF at > clock_timestamp() + interval '1 minute' OR greatest(at, clock_timestamp()) >= a.expires_at THEN
        RAISE EXCEPTION 'A grant starts now, within the life of its ask.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF a.ground = 'agreement' THEN
        readers := ARRAY[{_READERS[Ground.AGREEMENT]}];
        IF a.state <> 'agreed' OR a."window" > interval '{_seconds(Ground.AGREEMENT)} seconds'
           OR NOT EXISTS (
               SELECT FROM public.humanaccess_decision d WHERE d.ask_id = a.id AND d.verdict = 'agreed'
               AND d.decided_by = a.subject AND d.decided_by <> a.asker)
           OR NOT EXISTS (
               SELECT FROM public.humanaccess_ask_item i WHERE i.ask_id = a.id AND i.answer = 'agreed') THEN
            RAISE EXCEPTION 'The user has not agreed to this.' USING ERRCODE = 'insufficient_privilege';
        END IF;
    ELSIF a.ground = 'security' THEN
        readers := ARRAY[{_READERS[Ground.SECURITY]}];
        SELECT c.approvals, c.needed INTO approvals, needed FROM public.humanaccess_count_approvals(a.id) c;
        IF a.state <> 'approved' OR a."window" > interval '{_seconds(Ground.SECURITY)} seconds'
           OR approvals < needed
           OR EXISTS (SELECT FROM public.humanaccess_decision d WHERE d.ask_id = a.id AND d.verdict = 'declined') THEN
            RAISE EXCEPTION 'A second person has not approved this.' USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF NOT EXISTS (
            SELECT FROM public.humanaccess_holders(ARRAY['{RULES[Ground.SECURITY].approver}', 'privacy_officer']) h
            WHERE h NOT IN (a.asker, a.subject)
              AND h NOT IN (SELECT d.decided_by FROM public.humanaccess_decision d WHERE d.ask_id = a.id)) THEN
            RAISE EXCEPTION 'Nobody is left to review this.' USING ERRCODE = 'insufficient_privilege';
        END IF;
    ELSE
        RAISE EXCEPTION 'No grant is given on this ground.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF a.asker NOT IN (SELECT public.humanaccess_holders(readers)) THEN
        RAISE EXCEPTION 'The reader holds no role for this ground.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.humanaccess_grant (id, ask_id, subject, reader, starts_at, ends_at, ended_reason)
    VALUES (opened, a.id, a.subject, a.asker, at, at + a."window", '');
    RETURN opened;
END
$body$;
REVOKE ALL ON FUNCTION humanaccess_open_grant FROM PUBLIC;
"""

END_GRANT = f"""
CREATE OR REPLACE FUNCTION humanaccess_end_grant(ending uuid, reason text, at timestamptz) RETURNS boolean
LANGUAGE plpgsql {_SAFE} AS $body$
BEGIN
    IF (reason = 'user') <> (session_user = 'office_self') THEN
        RAISE EXCEPTION 'The user''s own side ends grants for the user, and no other side does.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.humanaccess_grant SET ended_at = at, ended_reason = reason
    WHERE id = ending AND ended_at IS NULL
      AND (session_user <> 'office_self' OR (subject = nullif(current_setting('office.subject', true), '')
           AND EXISTS (SELECT FROM public.humanaccess_ask a WHERE a.id = ask_id AND a.ground = 'agreement')));
    RETURN FOUND;
END
$body$;
REVOKE ALL ON FUNCTION humanaccess_end_grant FROM PUBLIC;
"""

KEEP_ASK = """
CREATE OR REPLACE FUNCTION humanaccess_keep_ask() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF OLD.state <> 'asked' OR (to_jsonb(NEW) - 'state' - 'closed_at') <> (to_jsonb(OLD) - 'state' - 'closed_at') THEN
        RAISE EXCEPTION 'An ask is answered once, and never rewritten.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$body$;
CREATE TRIGGER humanaccess_keep BEFORE UPDATE ON humanaccess_ask
    FOR EACH ROW EXECUTE FUNCTION humanaccess_keep_ask();
ALTER TABLE humanaccess_ask ENABLE ALWAYS TRIGGER humanaccess_keep;

CREATE OR REPLACE FUNCTION humanaccess_keep_item() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF OLD.answer <> 'none' OR (to_jsonb(NEW) - 'answer') <> (to_jsonb(OLD) - 'answer') THEN
        RAISE EXCEPTION 'An item is answered once, and never rewritten.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$body$;
CREATE TRIGGER humanaccess_keep BEFORE UPDATE ON humanaccess_ask_item
    FOR EACH ROW EXECUTE FUNCTION humanaccess_keep_item();
ALTER TABLE humanaccess_ask_item ENABLE ALWAYS TRIGGER humanaccess_keep;
"""

KEEP_REST = """
CREATE OR REPLACE FUNCTION humanaccess_keep_grant() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
       OR (to_jsonb(NEW) - 'ended_at' - 'ended_reason') <> (to_jsonb(OLD) - 'ended_at' - 'ended_reason') THEN
        RAISE EXCEPTION 'A grant ends once, and never lives longer.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$body$;
CREATE OR REPLACE TRIGGER humanaccess_keep BEFORE UPDATE OR DELETE ON humanaccess_grant
    FOR EACH ROW EXECUTE FUNCTION humanaccess_keep_grant();
ALTER TABLE humanaccess_grant ENABLE ALWAYS TRIGGER humanaccess_keep;

CREATE OR REPLACE FUNCTION humanaccess_keep_row() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    RAISE EXCEPTION 'A decision and a review are only ever added.' USING ERRCODE = 'insufficient_privilege';
END
$body$;
CREATE OR REPLACE TRIGGER humanaccess_keep BEFORE UPDATE OR DELETE ON humanaccess_decision
    FOR EACH ROW EXECUTE FUNCTION humanaccess_keep_row();
ALTER TABLE humanaccess_decision ENABLE ALWAYS TRIGGER humanaccess_keep;
CREATE OR REPLACE TRIGGER humanaccess_keep BEFORE UPDATE OR DELETE ON humanaccess_review
    FOR EACH ROW EXECUTE FUNCTION humanaccess_keep_row();
ALTER TABLE humanaccess_review ENABLE ALWAYS TRIGGER humanaccess_keep;
"""

_OWN = "subject = nullif(current_setting('office.subject', true), '')"
_TABLES = ("ask", "ask_item", "decision", "grant", "review")

#: policy, table, rule: a user's answer is written by the user's side alone, a second person's by the staff side
_WRITES: list[tuple[str, str, str]] = [
    (
        "humanaccess_ask_file",
        "humanaccess_ask",
        (
            "FOR INSERT TO office_staff WITH CHECK (state = 'asked' "
            f"AND expires_at <= clock_timestamp() + make_interval(secs => {_LIFETIME}))"
        ),
    ),
    (
        "humanaccess_ask_answer",
        "humanaccess_ask",
        (
            f"FOR UPDATE TO office_self USING ({_OWN}) "
            "WITH CHECK (ground = 'agreement' AND state IN ('agreed', 'refused'))"
        ),
    ),
    (
        "humanaccess_ask_decide",
        "humanaccess_ask",
        "FOR UPDATE TO office_staff USING (true) WITH CHECK (state <> 'agreed')",
    ),
    (
        "humanaccess_ask_expire",
        "humanaccess_ask",
        "FOR UPDATE TO office_worker USING (true) WITH CHECK (state IN ('expired', 'cancelled'))",
    ),
    ("humanaccess_item_file", "humanaccess_ask_item", "FOR INSERT TO office_staff WITH CHECK (answer = 'none')"),
    ("humanaccess_item_answer", "humanaccess_ask_item", f"FOR UPDATE TO office_self USING ({_OWN})"),
    (
        "humanaccess_decision_user",
        "humanaccess_decision",
        f"FOR INSERT TO office_self WITH CHECK ({_OWN} AND decided_by = subject AND verdict IN ('agreed', 'refused'))",
    ),
    (
        "humanaccess_decision_second",
        "humanaccess_decision",
        "FOR INSERT TO office_staff WITH CHECK (decided_by <> subject AND verdict IN ('approved', 'declined'))",
    ),
    ("humanaccess_review_write", "humanaccess_review", "FOR INSERT TO office_staff WITH CHECK (true)"),
]


def create_policy(wanted: str) -> str:
    """Return the statements that put one policy of `_WRITES` in place of the one that was there."""
    ((table, rule),) = [(table, rule) for name, table, rule in _WRITES if name == wanted]
    return f"DROP POLICY {wanted} ON {table};\nCREATE POLICY {wanted} ON {table} {rule}"


def create_own_policies() -> str:
    """Return the statements for this app's own tables: a user's side sees and answers that user's rows only."""
    house = "office_staff, office_worker, office_auditor"
    statements = []
    for name in _TABLES:
        table = f"humanaccess_{name}"
        statements += [
            f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY",
            f"CREATE POLICY {table}_own ON {table} FOR SELECT TO office_self USING ({_OWN})",
            f"CREATE POLICY {table}_house ON {table} FOR SELECT TO {house} USING (true)",
        ]
    statements += [f"CREATE POLICY {name} ON {table} {rule}" for name, table, rule in _WRITES]
    return ";\n".join(statements)


def create_staff_door(kind: str, table: str) -> str:
    """Return the statement that lets the staff role see the one row of `table` that a committed read entry names."""
    return (
        f"CREATE POLICY {table}_staff ON {table} FOR SELECT TO office_staff "
        f"USING (id = (SELECT humanaccess_open_item('{kind}')) AND subject = current_setting('office.subject', true))"
    )


def create_staff_doors() -> str:
    """Return the statements for every gated table."""
    return ";\n".join(create_staff_door(kind, table) for kind, table in GATED_TABLES.items())
