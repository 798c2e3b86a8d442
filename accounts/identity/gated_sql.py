"""Row-level security of tables that hold gated data, and of the sums kept beside them. Plain text for migrations."""

#: entries that let a machine read one subject's gated rows: one entry a step
MACHINE_TICKETS = ("rights.step.started",)

#: the entry that lets staff list a person's items of one kind, and for how many seconds by the database's clock
LISTING, LISTING_SECONDS = "humanaccess.items.listed", 10

_SUBJECT = "nullif(current_setting('office.subject', true), '')"
_ENTRY = "nullif(current_setting('office.entry', true), '')::uuid"


def gated(table: str) -> str:
    """Return the policies of one gated table with a `subject` column.

    A user's own pages see their own rows; the worker sees those of the subject whose committed step entry it
    names; ingest only adds. The staff side gets its policy from the gate's own migration: until then, no row.
    """
    tickets = ", ".join(f"'{name}'" for name in MACHINE_TICKETS)
    # The ticket is asked for in a scalar subquery, so once a statement and not once a row.
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY {table}_own ON {table} FOR SELECT TO office_self USING (subject = {_SUBJECT});
CREATE POLICY {table}_ticket ON {table} FOR SELECT TO office_worker USING (subject = (
    SELECT t.subject FROM audit_ticket({_ENTRY}) t WHERE t.event IN ({tickets}) AND t.subject = {_SUBJECT}));
CREATE POLICY {table}_ingest ON {table} FOR INSERT TO office_ingest WITH CHECK (true);
"""


def listed(kind: str) -> str:
    """Return the condition, for a function about `of_subject`, that a committed entry says that staff list `kind`."""
    return f"""EXISTS (
        SELECT FROM public.audit_entry e
        WHERE e.id = {_ENTRY} AND e.event = '{LISTING}' AND e.outcome = 'ok' AND e.subject = of_subject
          AND starts_with(e.actor, 'staff:') AND convert_from(e.leaf, 'UTF8')::jsonb #>> '{{payload,kind}}' = '{kind}'
          AND e.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
          AND e.written_at BETWEEN clock_timestamp() - interval '{LISTING_SECONDS} seconds' AND clock_timestamp())"""


def sums(table: str) -> str:
    """Return the policies of a table of sums: staff and worker see all of it, a user their own."""
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY {table}_own ON {table} FOR SELECT TO office_self USING (subject = {_SUBJECT});
CREATE POLICY {table}_house ON {table} FOR SELECT TO office_staff, office_worker USING (true);
"""


def counted(table: str, into: str, stream: str, *, kind: str = "''", unit: str = "''", quantity: str = "0") -> str:
    """Return the triggers that keep the sums by day in `into` for one table.

    `kind`, `unit` and `quantity` are SQL over the changed rows (`quantity` an aggregate). Statement triggers with
    a transition table: one small upsert a batch, in the order of the key so that two batches never deadlock.
    """
    return f"""
CREATE FUNCTION {table}_count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    sign integer := CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END;
BEGIN
    INSERT INTO public.{into} AS t (subject, stream, day, kind, unit, records, quantity)
    SELECT subject, '{stream}', (occurred_at AT TIME ZONE 'UTC')::date, {kind}, {unit},
           sign * count(*), sign * ({quantity})::numeric
    FROM changed GROUP BY 1, 3, 4, 5 ORDER BY 1, 3, 4, 5
    ON CONFLICT (subject, stream, day, kind, unit)
    DO UPDATE SET records = t.records + excluded.records, quantity = t.quantity + excluded.quantity;
    IF TG_OP = 'DELETE' THEN
        DELETE FROM public.{into} t USING changed c
        WHERE t.records <= 0 AND t.stream = '{stream}' AND t.subject = c.subject;
    END IF;
    RETURN NULL;
END
$body$;
REVOKE ALL ON FUNCTION {table}_count() FROM PUBLIC;
CREATE TRIGGER {table}_counted AFTER INSERT ON {table} REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION {table}_count();
CREATE TRIGGER {table}_uncounted AFTER DELETE ON {table} REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION {table}_count();
"""


def newest_wins(function: str, table: str, columns: dict[str, str]) -> str:
    """Return a function that takes states of things (an app, an automation) and keeps the newest of each.

    All arguments are text arrays, one a column of `columns` (name → type). Ingest may neither read nor change
    rows itself; the function changes a row only for a later state of the same subject's thing.
    """
    arguments = ", ".join(f"{name}s text[]" for name in columns)
    taken = ", ".join(f"{name}::{kind}" for name, kind in columns.items())
    kept = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in {"id", "subject"})
    return f"""
CREATE FUNCTION {function}({arguments}) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $body$
    WITH given AS (
        SELECT {taken} FROM unnest({", ".join(f"{name}s" for name in columns)}) AS g ({", ".join(columns)})
    ), latest AS (
        SELECT DISTINCT ON (id) * FROM given ORDER BY id, occurred_at DESC
    ), taken AS (
        INSERT INTO public.{table} AS t ({", ".join(columns)}) SELECT {", ".join(columns)} FROM latest
        ON CONFLICT (id) DO UPDATE SET {kept}
        WHERE t.subject = excluded.subject AND t.occurred_at < excluded.occurred_at
        RETURNING 1
    ) SELECT count(*) FROM taken
$body$;
REVOKE ALL ON FUNCTION {function} FROM PUBLIC;
"""
