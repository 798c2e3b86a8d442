"""Sign-in sessions hold address and browser, which staff see only as counts: policies and functions, as SQL.

A session's key is a hash of its cookie (session_store.py)."""

from .gated_sql import FEWEST, MACHINE_TICKETS

_TICKETS = ", ".join(f"'{name}'" for name in MACHINE_TICKETS)

_HASH = "CHECK (session_key ~ '^[0-9a-f]{40}$')"
HASHED = f"""
DELETE FROM usersessions_usersession;
DELETE FROM django_session;
ALTER TABLE usersessions_usersession ADD CONSTRAINT usersessions_key_is_hash {_HASH};
ALTER TABLE django_session ADD CONSTRAINT session_key_is_hash {_HASH};
"""

POLICIES = f"""
ALTER TABLE usersessions_usersession ENABLE ROW LEVEL SECURITY;
CREATE POLICY usersessions_own ON usersessions_usersession FOR ALL TO office_self USING (true) WITH CHECK (true);
CREATE POLICY usersessions_ticket ON usersessions_usersession FOR SELECT TO office_worker USING (user_id = (
    SELECT u.id FROM audit_ticket(nullif(current_setting('office.entry', true), '')::uuid) t
    JOIN identity_user u ON u.reference = t.subject
    WHERE t.event IN ({_TICKETS}) AND t.subject = nullif(current_setting('office.subject', true), '')));
"""

FUNCTIONS = """
CREATE FUNCTION identity_end_sessions(person uuid) RETURNS integer LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    keys text[];
BEGIN
    WITH gone AS (DELETE FROM public.usersessions_usersession WHERE user_id = person RETURNING session_key)
    SELECT coalesce(array_agg(session_key), '{}') INTO keys FROM gone;
    DELETE FROM public.django_session WHERE session_key = ANY (keys);
    RETURN cardinality(keys);
END
$body$;
"""

#: a person's own side and the worker get each number; staff none below five, and above it the last multiple of five,
#: so that two looks never differ by one session
BY_DAY = f"""
CREATE OR REPLACE FUNCTION identity_sessions_by_day(person uuid) RETURNS TABLE (day date, sessions bigint)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $body$
    SELECT (created_at AT TIME ZONE 'UTC')::date,
           CASE WHEN session_user = 'office_staff' THEN nullif(count(*) / {FEWEST} * {FEWEST}, 0) ELSE count(*) END
    FROM public.usersessions_usersession
    WHERE user_id = person GROUP BY 1 ORDER BY 1
$body$;
REVOKE ALL ON FUNCTION identity_sessions_by_day FROM PUBLIC;
"""
