"""Row-level security of tables that hold gated data, and of the sums kept beside them. Plain text for migrations."""

#: entries that let a machine read one subject's gated rows: one entry a step
MACHINE_TICKETS = ("rights.step.started",)
#: staff see no sum of fewer records than this
FEWEST = 5
#: how old the entry of a look at somebody's sums may be, in seconds, when they are read
TICKET_SECONDS = 10

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


def worker_sums(table: str) -> str:
    """Return the policy that shows the worker all of a table of sums."""
    return f"CREATE POLICY {table}_house ON {table} FOR SELECT TO office_worker USING (true);\n"


def sums(table: str) -> str:
    """Return the policies of a table of sums: the worker sees all of it, a user their own.

    Staff read them through the function of `shown_sums` alone, which leaves small ones out.
    """
    return f"""
ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;
CREATE POLICY {table}_own ON {table} FOR SELECT TO office_self USING (subject = {_SUBJECT});
{worker_sums(table)}"""


def _shown(name: str) -> str:
    """Return SQL for the value of a sum that staff see once `excluded` is added to the row `t`."""
    records = "t.records + excluded.records"
    return (
        f"CASE WHEN {records} < {FEWEST} THEN 0 WHEN abs({records} - t.shown_records) >= {FEWEST} "
        f"THEN t.{name} + excluded.{name} ELSE t.shown_{name} END"
    )


def counted(table: str, into: str, stream: str, *, kind: str = "''", unit: str = "''", quantity: str = "0") -> str:
    """Return the triggers that keep the sums by day in `into` for one table.

    `kind`, `unit` and `quantity` are SQL over the changed rows (`quantity` an aggregate). Statement triggers with
    a transition table: one small upsert a batch, in the order of the key so that two batches never deadlock.

    What staff see moves by FEWEST records or more: two looks at one sum never differ by a single record's value.
    """
    return f"""
CREATE OR REPLACE FUNCTION {table}_count() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $body$
DECLARE
    sign integer := CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END;
BEGIN
    INSERT INTO public.{into} AS t (subject, stream, day, kind, unit, records, quantity, shown_records, shown_quantity)
    SELECT c.*, CASE WHEN c.records >= {FEWEST} THEN c.records ELSE 0 END,
           CASE WHEN c.records >= {FEWEST} THEN c.quantity ELSE 0 END
    FROM (
        SELECT subject, '{stream}', (occurred_at AT TIME ZONE 'UTC')::date AS day, {kind} AS kind, {unit} AS unit,
               sign * count(*) AS records, sign * ({quantity})::numeric AS quantity
        FROM changed GROUP BY 1, 3, 4, 5
    ) c ORDER BY c.subject, c.day, c.kind, c.unit
    ON CONFLICT (subject, stream, day, kind, unit)
    DO UPDATE SET records = t.records + excluded.records, quantity = t.quantity + excluded.quantity,
        shown_records = {_shown("records")},
        shown_quantity = {_shown("quantity")};
    IF TG_OP = 'DELETE' THEN
        DELETE FROM public.{into} t USING changed c
        WHERE t.records <= 0 AND t.stream = '{stream}' AND t.subject = c.subject;
    END IF;
    RETURN NULL;
END
$body$;
REVOKE ALL ON FUNCTION {table}_count() FROM PUBLIC;
CREATE OR REPLACE TRIGGER {table}_counted AFTER INSERT ON {table} REFERENCING NEW TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION {table}_count();
CREATE OR REPLACE TRIGGER {table}_uncounted AFTER DELETE ON {table} REFERENCING OLD TABLE AS changed
FOR EACH STATEMENT EXECUTE FUNCTION {table}_count();
"""


def shown_sums(function: str, table: str, event: str) -> str:
    """Return the function through which staff read one person's sums by day.

    It takes the person from a committed entry of the kind `event`, at most TICKET_SECONDS old, so nothing is read
    that the log does not tell of. Of a sum of fewer than FEWEST records it gives neither number. Where a stream has
    such sums, its next smaller ones are left out too, until at least two are and what they hold together could be
    shared out in several ways: who knows the stream's whole number of records cannot work a small sum out of it.
    """
    return f"""
CREATE OR REPLACE FUNCTION {function}(of_stream text, since date, until date, at_most integer, skipped integer)
RETURNS TABLE (day date, stream text, kind text, unit text, records bigint, quantity numeric)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $body$
    WITH found AS (
        SELECT d.*, min(d.records) OVER (PARTITION BY d.stream) < {FEWEST} AS has_few,
               count(*) OVER smaller AS cells, coalesce(sum(d.records) OVER smaller, 0) AS held
        FROM public.audit_ticket({_ENTRY}) t JOIN public.{table} d ON d.subject = t.subject
        WHERE t.event = '{event}' AND starts_with(t.actor, 'staff:')
          AND public.audit_ticket_age({_ENTRY}) < {TICKET_SECONDS}
        WINDOW smaller AS (PARTITION BY d.stream ORDER BY d.records, d.day, d.kind, d.unit
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ), told AS (
        SELECT f.*, f.shown_records >= {FEWEST}
               AND NOT (f.has_few AND (f.cells < 2 OR f.held < f.cells + {FEWEST - 1})) AS is_told
        FROM found f
    )
    SELECT t.day, t.stream, t.kind, t.unit, CASE WHEN t.is_told THEN t.shown_records END,
           CASE WHEN t.is_told THEN t.shown_quantity END
    FROM told t WHERE (of_stream = '' OR t.stream = of_stream) AND t.day BETWEEN since AND until
    ORDER BY t.day DESC, t.stream, t.kind, t.unit LIMIT least(at_most, 200) OFFSET skipped
$body$;
REVOKE ALL ON FUNCTION {function} FROM PUBLIC;
"""


def newest_wins(function: str, table: str, columns: dict[str, str]) -> str:
    """Return a function that takes states of things (an app, an automation) and keeps the newest of each.

    All arguments are text arrays, one a column of `columns` (name → type). Ingest may neither read nor change
    rows itself; the function changes a row only for a later state of the same subject's thing. A thing belongs to
    whose it was first: in the table, or else in the order given.
    """
    arguments = ", ".join(f"{name}s text[]" for name in columns)
    taken = ", ".join(f"{name}::{kind}" for name, kind in columns.items())
    chosen = ", ".join(columns)
    kept = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in {"id", "subject"})
    return f"""
CREATE OR REPLACE FUNCTION {function}({arguments}) RETURNS bigint LANGUAGE sql SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $body$
    WITH given AS (
        SELECT {taken}, place
        FROM unnest({", ".join(f"{name}s" for name in columns)}) WITH ORDINALITY AS g ({chosen}, place)
    ), owned AS (
        SELECT DISTINCT ON (g.id) g.id, coalesce(t.subject, g.subject) AS subject
        FROM given g LEFT JOIN public.{table} t ON t.id = g.id ORDER BY g.id, g.place
    ), latest AS (
        SELECT DISTINCT ON (g.id) g.* FROM given g JOIN owned o ON o.id = g.id AND o.subject = g.subject
        ORDER BY g.id, g.occurred_at DESC
    ), taken AS (
        INSERT INTO public.{table} AS t ({chosen}) SELECT {chosen} FROM latest
        ON CONFLICT (id) DO UPDATE SET {kept}
        WHERE t.subject = excluded.subject AND t.occurred_at < excluded.occurred_at
        RETURNING 1
    ) SELECT count(*) FROM taken
$body$;
REVOKE ALL ON FUNCTION {function} FROM PUBLIC;
"""


def conflicts(table: str) -> str:
    """Return the function that names those of the given records (ids, and whose they are said to be) that are
    somebody else's: ingest, which may not read the table, sets them aside."""
    return f"""
CREATE OR REPLACE FUNCTION {table}_conflicts(ids uuid[], subjects text[]) RETURNS TABLE (id uuid, subject text)
LANGUAGE sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp AS $body$
    SELECT g.id, g.subject FROM unnest(ids, subjects) AS g (id, subject)
    JOIN public.{table} t ON t.id = g.id WHERE t.subject <> g.subject
$body$;
REVOKE ALL ON FUNCTION {table}_conflicts FROM PUBLIC;
"""
