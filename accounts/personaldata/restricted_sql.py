"""Row-level security of tables that hold restricted data, and of the sums kept beside them. No Django."""

from collections.abc import Collection, Mapping

from core.db_objects import ENTRY, OWN_ROWS, STATEMENT, SUBJECT, DbObject, Function, Policy, Trigger

#: entries that let a machine read one subject's restricted rows: one entry a step
MACHINE_READ_EVENTS = ("rights.step.started",)
#: staff see no sum of fewer records than this
FEWEST = 5

#: the entry that lets staff list a person's items of one kind, and for how many seconds by the database's clock; as
#: long for the entry that lets them see a person's sums
LISTING, LISTING_SECONDS = "humanaccess.items.listed", 10


def unrestricted(category: str) -> str:
    """Return the condition that the entry `t` may read a data category: of one that is restricted, for a right or a
    law alone. The entry's own word on what it reads does not count."""
    return f"(NOT audit_is_restricted(t.subject, '{category}') OR audit_reads_despite({ENTRY}))"


def restricted(table: str, category: str) -> list[DbObject]:
    """Return the policies of one restricted table with a `subject` column, of one data category.

    A user's own pages see their own rows; the worker sees those of the subject whose committed step entry it
    names; ingest only adds. Staff get their policy from the access gate's own migration: until then, no row.
    """
    events = ", ".join(f"'{name}'" for name in MACHINE_READ_EVENTS)
    # The entry is read in a scalar subquery, so once a statement and not once a row.
    authorised = f"""subject = (
    SELECT t.subject FROM audit_ticket({ENTRY}) t
    WHERE t.event IN ({events}) AND t.subject = {SUBJECT} AND {unrestricted(category)})"""
    return [
        Policy(f"{table}_own", table, "SELECT", "office_self", using=OWN_ROWS),
        Policy(f"{table}_ticket", table, "SELECT", "office_worker", using=authorised),
        Policy(f"{table}_ingest", table, "INSERT", "office_ingest", check="true"),
    ]


def listing(
    module: str, name: str, arguments: str, columns: str, kind: str, *, file: str = "", **values: str
) -> Function:
    """Return a function that tells staff which items of `kind` there are, never what they say.

    It takes `of_subject`, and gives nothing unless a committed entry says that staff list them. `file` and `values`
    are those of a body that several listings share.
    """
    listed = f"""EXISTS (
        SELECT FROM public.audit_entry e
        WHERE e.id = {ENTRY} AND e.event = '{LISTING}' AND e.outcome = 'ok' AND e.subject = of_subject
          AND starts_with(e.actor, 'staff:') AND convert_from(e.leaf, 'UTF8')::jsonb #>> '{{payload,kind}}' = '{kind}'
          AND e.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
          AND e.written_at BETWEEN clock_timestamp() - interval '{LISTING_SECONDS} seconds' AND clock_timestamp())"""
    returns = f"TABLE ({columns})"
    values["listed"] = listed
    return Function(module, name, arguments, returns, "sql STABLE", is_definer=True, file=file, values=values)


def worker_sums(table: str) -> Policy:
    """Return the policy that shows the worker all of a table of sums."""
    return Policy(f"{table}_house", table, "SELECT", "office_worker", using="true")


def sums(table: str) -> list[DbObject]:
    """Return the policies of a table of sums: the worker sees all of it, a user their own.

    Staff read them through `shown_sums` alone, which leaves small ones out.
    """
    return [Policy(f"{table}_own", table, "SELECT", "office_self", using=OWN_ROWS), worker_sums(table)]


def _visible_total(name: str) -> str:
    """Return SQL for the value of a sum that staff see once `excluded` is added to the row `t`."""
    records = "t.records + excluded.records"
    return (
        f"CASE WHEN {records} < {FEWEST} THEN 0 WHEN abs({records} - t.shown_records) >= {FEWEST} "
        f"THEN t.{name} + excluded.{name} ELSE t.shown_{name} END"
    )


def counted(
    table: str, totals: str, stream: str, *, kind: str = "''", unit: str = "''", quantity: str = "0"
) -> list[DbObject]:
    """Return the triggers that keep the sums by day in `totals` for one table.

    `kind`, `unit` and `quantity` are SQL over the changed rows (`quantity` an aggregate). Statement triggers with
    a transition table: one small upsert a batch, in the order of the key so that two batches never deadlock.

    What staff see moves by FEWEST records or more: two reads of one sum never differ by a single record's value.
    """
    function = f"{table}_count"
    values = {
        "totals": totals,
        "stream": stream,
        "kind": kind,
        "unit": unit,
        "quantity": quantity,
        "fewest": FEWEST,
        "shown_records": _visible_total("records"),
        "shown_quantity": _visible_total("quantity"),
    }
    changed = [("counted", "INSERT", "NEW"), ("uncounted", "DELETE", "OLD")]
    return [
        Function(__file__, function, is_definer=True, file="count", values=values),
        *(
            Trigger(
                f"{table}_{name}",
                table,
                f"AFTER {change}",
                function,
                f"REFERENCING {rows} TABLE AS changed {STATEMENT}",
                is_always=False,
            )
            for name, change, rows in changed
        ),
    ]


def shown_sums(function: str, totals: str, event: str) -> Function:
    """Return the function through which staff read one person's sums by day.

    It takes the person from a committed entry of the kind `event`, at most LISTING_SECONDS old, so that each
    reading has its entry. Of a sum of fewer than FEWEST records it gives neither number. Where a stream has
    such sums, its next smaller ones are left out too, until at least two are and what they hold together could be
    shared out in several ways: who knows the stream's whole number of records cannot work a small sum out of it.
    """
    return Function(
        __file__,
        function,
        "of_stream text, since date, until date, at_most integer, skipped integer",
        "TABLE (day date, stream text, kind text, unit text, records bigint, quantity numeric)",
        "sql STABLE",
        is_definer=True,
        file="shown_sums",
        values={
            "totals": totals,
            "event": event,
            "entry": ENTRY,
            "seconds": LISTING_SECONDS,
            "fewest": FEWEST,
            "fewest_less_one": FEWEST - 1,
        },
    )


def fill_shown_sums(totals: str) -> str:
    """Return the statement by which sums from before staff saw any of `shown_sums` are seen."""
    return f"UPDATE {totals} SET shown_records = records, shown_quantity = quantity WHERE records >= {FEWEST}"


def newest_wins(
    function: str, table: str, columns: dict[str, str], *, gathered: Collection[str] = (), ended: str = ""
) -> Function:
    """Return a function that takes states of things (an app, an automation) and keeps the newest of each.

    All arguments are text arrays, one a column of `columns` (name → type). Ingest may neither read nor change
    rows itself; the function changes a row only for a later state of the same subject's thing. A thing belongs to
    whose it was first: in the table, or else in the order given. Columns in `gathered` are arrays that only grow.
    `ended` is a table (id, subject, ended_at) of things that have ended, where there is one: a state without
    encrypted content is the end of its thing, of which nothing is taken from then on.
    """
    every = "ARRAY(SELECT DISTINCT v FROM given o, unnest(o.{0}) AS v WHERE o.id = g.id AND o.subject = g.subject)"
    grown = "ARRAY(SELECT DISTINCT v FROM unnest(t.{0} || excluded.{0}) AS v ORDER BY v)"
    values = {
        "table": table,
        "columns": ", ".join(columns),
        "arrays": ", ".join(f"{name}s" for name in columns),
        "cast": ", ".join(f"{name}::{kind}" for name, kind in columns.items()),
        "latest": ", ".join(f"{every.format(name)} AS {name}" if name in gathered else f"g.{name}" for name in columns)
        if gathered
        else "g.*",
        "kept": ", ".join(
            f"{name} = {grown.format(name) if name in gathered else f'excluded.{name}'}"
            for name in columns
            if name not in {"id", "subject"}
        ),
    }
    file = "newest_wins_until_ended" if ended else "newest_wins"
    values["ended"] = ended
    arguments = ", ".join(f"{name}s text[]" for name in columns)
    return Function(__file__, function, arguments, "bigint", "sql", is_definer=True, file=file, values=values)


def conflicts(table: str) -> Function:
    """Return the function that names those of the given records (ids, and whose they are said to be) that are
    somebody else's: ingest, which may not read the table, sets them aside."""
    return Function(
        __file__,
        f"{table}_conflicts",
        "ids uuid[], subjects text[]",
        "TABLE (id uuid, subject text)",
        "sql STABLE",
        is_definer=True,
        file="conflicts",
        values={"table": table},
    )


def erasing(app: str, *tables: str) -> list[DbObject]:
    """Return the functions by which the worker erases a subject's rows of these tables, and counts what is left.

    `<app>_erase(of_table, of_subject, at_most)` refuses while no entry of the log says that the subject is erased,
    or that a deletion has begun to erase them.
    """
    values = {"tables": ", ".join(f"'{table}'" for table in tables)}
    return [
        Function(
            __file__,
            f"{app}_erase",
            "of_table text, of_subject text, at_most integer",
            "bigint",
            is_definer=True,
            file="erase_rows",
            values=values,
        ),
        Function(
            __file__,
            f"{app}_left",
            "of_table text, of_subject text",
            "bigint",
            "plpgsql STABLE",
            is_definer=True,
            file="count_rows",
            values=values,
        ),
    ]


def expiring(app: str, days: Mapping[str, int]) -> Function:
    """Return the function by which the worker removes a person's day of records, past the days that its table keeps.

    `<app>_expire(of_table, of_subject, of_day, at_most)` refuses for a day that the rule still keeps.
    """
    cases = " ".join(f"WHEN '{table}' THEN {count}" for table, count in days.items())
    return Function(
        __file__,
        f"{app}_expire",
        "of_table text, of_subject text, of_day date, at_most integer",
        "bigint",
        is_definer=True,
        file="expire_rows",
        values={"days": cases},
    )
