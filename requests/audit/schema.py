"""The log's tables and guards as SQL: migrations create them, `guards` compares the catalogue with them.

Plain text, no Django. LOG.md, "Tables" and "Guards in the database", says why each piece is there.
"""

TABLES = """
CREATE TABLE audit_entry (
    id uuid PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    leaf bytea NOT NULL,
    time timestamptz NOT NULL,
    actor text NOT NULL,
    event text NOT NULL,
    outcome text NOT NULL,
    subject text,
    case_ref text,
    written_at timestamptz DEFAULT clock_timestamp()
) PARTITION BY RANGE (id);
CREATE INDEX audit_entry_subject ON audit_entry (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX audit_entry_actor ON audit_entry (actor, id);
CREATE INDEX audit_entry_event ON audit_entry (event, id);
CREATE INDEX audit_entry_case ON audit_entry (case_ref, id) WHERE case_ref IS NOT NULL;
CREATE TABLE audit_entry_rest PARTITION OF audit_entry DEFAULT;

CREATE TABLE audit_pending (entry uuid NOT NULL, leaf_hash bytea NOT NULL);
CREATE TABLE audit_leaf (index bigint PRIMARY KEY, entry uuid NOT NULL UNIQUE, hash bytea NOT NULL);
CREATE TABLE audit_tile (
    level smallint NOT NULL, number bigint NOT NULL, width smallint NOT NULL, hashes bytea NOT NULL,
    PRIMARY KEY (level, number), CHECK (width BETWEEN 1 AND 256 AND length(hashes) = width * 32)
);
CREATE TABLE audit_head (sole boolean PRIMARY KEY DEFAULT true CHECK (sole), size bigint NOT NULL);
INSERT INTO audit_head (size) VALUES (0);
CREATE TABLE audit_checkpoint (
    size bigint PRIMARY KEY CHECK (size > 0), root bytea NOT NULL, note text NOT NULL, signed_at timestamptz NOT NULL
);
CREATE TABLE audit_disclosure (
    entry uuid NOT NULL, holder text NOT NULL, sealed bytea NOT NULL, PRIMARY KEY (entry, holder)
);
"""

#: seconds for which an entry may serve as a ticket at all: as long as a task may live. Each event's own limit is
#: in the register; row-level security knows this one alone, and only steps get it.
TICKET_CEILING = 3900

#: what was refused or failed is rare, and looked for: an entry that went well costs nothing here
OUTCOME_INDEX = "CREATE INDEX IF NOT EXISTS audit_entry_outcome ON audit_entry (outcome, id) WHERE outcome <> 'ok';"

#: name → (arguments, returns, language and attributes, body). The body is compared with pg_proc.prosrc.
FUNCTIONS: dict[str, tuple[str, str, str, str]] = {
    "audit_refuse": (
        "",
        "trigger",
        "plpgsql",
        """
BEGIN
    RAISE EXCEPTION 'The log is insert-only: % on % is refused.', TG_OP, TG_TABLE_NAME
        USING ERRCODE = 'insufficient_privilege';
END
""",
    ),
    # Who inserts says neither in which transaction nor when: both would decide what the entry authorises. U+0000 may
    # stand in a payload and not in jsonb; every compared column is without it, and without what is put in its place.
    # Types are named with their schema, as temporary ones could come before them; a search path of its own would cost
    # a fifth more.
    "audit_stamp": (
        "",
        "trigger",
        "plpgsql",
        """
DECLARE
    written pg_catalog.text := convert_from(NEW.leaf, 'UTF8');
    said pg_catalog.jsonb := replace(written, '\\u0000', '\\ufffd')::pg_catalog.jsonb;
    columns pg_catalog.text := concat(NEW.actor, NEW.event, NEW.outcome, NEW.subject, NEW.case_ref);
BEGIN
    IF (said ->> 'id', said ->> 'time', said ->> 'actor', said ->> 'event', said ->> 'outcome', said ->> 'subject',
        said #>> '{payload,case}')
       IS DISTINCT FROM (
        NEW.id::pg_catalog.text, to_char(NEW.time AT TIME ZONE 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS.US"Z"'), NEW.actor,
        NEW.event, NEW.outcome, NEW.subject, NEW.case_ref)
       -- A number, true or a list reads like text here and differs from it for whoever reads the bytes.
       OR (jsonb_typeof(said -> 'actor'), jsonb_typeof(said -> 'event'), jsonb_typeof(said -> 'outcome'))
          IS DISTINCT FROM ('string', 'string', 'string')
       OR coalesce(jsonb_typeof(said -> 'subject'), 'null') NOT IN ('string', 'null')
       OR coalesce(jsonb_typeof(said #> '{payload,case}'), 'null') NOT IN ('string', 'null')
       OR (strpos(written, '\\u0000') > 0 AND (strpos(columns, '\\') > 0 OR strpos(columns, chr(65533)) > 0)) THEN
        RAISE EXCEPTION 'The columns of an entry say what its leaf says.' USING ERRCODE = 'check_violation';
    END IF;
    -- Whoever reads the log later counts on these: an entry is never taken away again.
    IF NOT said ?& ARRAY['version', 'event_version', 'subject', 'request', 'sd']
       OR jsonb_typeof(said -> 'payload') IS DISTINCT FROM 'object'
       OR jsonb_typeof(said -> 'sd') IS DISTINCT FROM 'array' THEN
        RAISE EXCEPTION 'A leaf has every field of its format.' USING ERRCODE = 'check_violation';
    END IF;
    NEW.xid := pg_current_xact_id();
    NEW.written_at := clock_timestamp();
    RETURN NEW;
END
""",
    ),
    "audit_queue": (
        "",
        "trigger",
        "plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp",
        """
BEGIN
    INSERT INTO public.audit_pending (entry, leaf_hash) VALUES (NEW.id, sha256('\\x00'::bytea || NEW.leaf));
    RETURN NULL;
END
""",
    ),
    "audit_grow_only": (
        "",
        "trigger",
        "plpgsql",
        """
BEGIN
    IF TG_TABLE_NAME = 'audit_head' THEN
        IF NEW.size < OLD.size THEN
            RAISE EXCEPTION 'The log only grows.' USING ERRCODE = 'insufficient_privilege';
        END IF;
    ELSIF NEW.level <> OLD.level OR NEW.number <> OLD.number OR NEW.width < OLD.width
          OR substr(NEW.hashes, 1, OLD.width * 32) <> OLD.hashes THEN
        RAISE EXCEPTION 'A tile only grows.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
""",
    ),
    "audit_ticket": (
        "ticket uuid",
        "TABLE (event text, subject text, actor text)",
        "sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp",
        f"""
    SELECT e.event, coalesce(e.subject, ''), e.actor FROM public.audit_entry e
    WHERE e.id = ticket AND e.outcome = 'ok' AND e.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
      AND e.written_at BETWEEN clock_timestamp() - interval '{TICKET_CEILING} seconds' AND clock_timestamp()
""",
    ),
    "audit_ticket_age": (
        "ticket uuid",
        "double precision",
        "sql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp",
        """
    SELECT extract(epoch FROM clock_timestamp() - e.written_at)::double precision FROM public.audit_entry e
    WHERE e.id = ticket AND e.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
      AND e.written_at <= clock_timestamp()
""",
    ),
    "audit_count_unsealed": (
        "place text, part text, sample integer",
        "TABLE (seen bigint, unsealed bigint)",
        "plpgsql STABLE SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp",
        """
DECLARE
    share real;
BEGIN
    -- Two numbers leave here and no value: how many were looked at, and how many are not in the vault's format.
    SELECT least(100, greatest(0.01, 200.0 * sample / greatest(c.reltuples, 1))) INTO share
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.oid = to_regclass(format('public.%I', place)) AND a.attname = part AND a.atttypid = 'bytea'::regtype;
    IF share IS NULL THEN
        RAISE EXCEPTION '%.% is no column that could be sealed.', place, part
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT count(*), count(*) FILTER (WHERE CASE WHEN length(v) < 29 THEN true ELSE get_byte(v, 0) <> 1 END) '
        'FROM (SELECT %1$I AS v FROM public.%2$I TABLESAMPLE SYSTEM (%3$s) WHERE %1$I IS NOT NULL LIMIT %4$s) s',
        part, place, share, sample);
END
""",
    ),
    # For any table with a state or a time of ending; `ends` names the tables that it watches.
    "audit_keep_ended": (
        "",
        "trigger",
        "plpgsql SET search_path = pg_catalog, pg_temp",
        """
DECLARE
    was jsonb := to_jsonb(OLD);
    becomes jsonb := to_jsonb(NEW);
    word text;
BEGIN
    FOREACH word IN ARRAY ARRAY[
        'ended_at', 'closed_at', 'cancelled_at', 'accepted_at', 'revoked_at', 'removed_at', 'settled_at'] LOOP
        IF was ->> word IS NOT NULL AND becomes -> word IS DISTINCT FROM was -> word THEN
            RAISE EXCEPTION 'What has ended stays ended: % of %.', word, TG_TABLE_NAME
                USING ERRCODE = 'insufficient_privilege';
        END IF;
    END LOOP;
    IF was ->> 'state' IN ('fulfilled', 'refused', 'withdrawn', 'cancelled', 'expired')
       AND becomes -> 'state' IS DISTINCT FROM was -> 'state' THEN
        RAISE EXCEPTION 'What has ended stays ended: state of %.', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
""",
    ),
    "audit_keep_disclosures": (
        "",
        "trigger",
        "plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp",
        """
BEGIN
    IF EXISTS (
        SELECT FROM (SELECT DISTINCT holder FROM gone) h
        WHERE NOT EXISTS (
            SELECT FROM public.audit_entry e
            WHERE e.event = 'audit.subject.shredded' AND e.outcome = 'ok' AND e.subject = h.holder
              AND e.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
              AND e.written_at <= clock_timestamp())) THEN
        RAISE EXCEPTION 'A disclosure goes only after a committed line says that its holder was erased.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NULL;
END
""",
    ),
    "audit_make_partition": (
        "month date, low uuid, high uuid",
        "void",
        "plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp",
        """
DECLARE
    part text := 'audit_entry_' || to_char(month, 'YYYYMM');
BEGIN
    IF to_regclass('public.' || part) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE public.%I PARTITION OF public.audit_entry FOR VALUES FROM (%L) TO (%L)',
                   part, low, high);
    PERFORM public.audit_guard_partition(part);
END
""",
    ),
    "audit_guard_partition": (
        "part text",
        "void",
        "plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp",
        """
BEGIN
    EXECUTE format('CREATE TRIGGER audit_no_truncate BEFORE TRUNCATE ON public.%I '
                   'FOR EACH STATEMENT EXECUTE FUNCTION public.audit_refuse()', part);
    EXECUTE format('ALTER TABLE public.%I ENABLE ALWAYS TRIGGER audit_no_truncate', part);
    EXECUTE format('ALTER TABLE public.%I ENABLE ROW LEVEL SECURITY', part);
END
""",
    ),
    # An auditor's side may read tokens and say that one was used; it may not make one or let one live longer.
    "audit_token_used": (
        "token uuid, at timestamptz",
        "void",
        "plpgsql SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp",
        """
BEGIN
    UPDATE public.audit_readertoken SET used_at = at
    WHERE id = token AND (used_at IS NULL OR used_at < at - interval '1 minute');
END
""",
    ),
}

#: trigger, table, when, function; every one is ENABLE ALWAYS, or `session_replication_role = replica` would skip it
TRIGGERS: list[tuple[str, str, str, str]] = [
    ("audit_no_change", "audit_entry", "BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW", "audit_refuse"),
    ("audit_no_truncate", "audit_entry", "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", "audit_refuse"),
    ("audit_stamped", "audit_entry", "BEFORE INSERT ON {table} FOR EACH ROW", "audit_stamp"),
    ("audit_to_queue", "audit_entry", "AFTER INSERT ON {table} FOR EACH ROW", "audit_queue"),
    ("audit_no_change", "audit_leaf", "BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW", "audit_refuse"),
    ("audit_no_truncate", "audit_leaf", "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", "audit_refuse"),
    ("audit_no_change", "audit_checkpoint", "BEFORE UPDATE OR DELETE ON {table} FOR EACH ROW", "audit_refuse"),
    ("audit_no_truncate", "audit_checkpoint", "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", "audit_refuse"),
    ("audit_grow", "audit_tile", "BEFORE UPDATE ON {table} FOR EACH ROW", "audit_grow_only"),
    ("audit_no_change", "audit_tile", "BEFORE DELETE ON {table} FOR EACH ROW", "audit_refuse"),
    ("audit_no_truncate", "audit_tile", "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", "audit_refuse"),
    ("audit_grow", "audit_head", "BEFORE UPDATE ON {table} FOR EACH ROW", "audit_grow_only"),
    ("audit_no_change", "audit_head", "BEFORE DELETE ON {table} FOR EACH ROW", "audit_refuse"),
    ("audit_no_truncate", "audit_head", "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", "audit_refuse"),
    ("audit_no_truncate", "audit_pending", "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", "audit_refuse"),
    ("audit_no_change", "audit_disclosure", "BEFORE UPDATE ON {table} FOR EACH ROW", "audit_refuse"),
    ("audit_no_truncate", "audit_disclosure", "BEFORE TRUNCATE ON {table} FOR EACH STATEMENT", "audit_refuse"),
    (
        "audit_keep",
        "audit_disclosure",
        "AFTER DELETE ON {table} REFERENCING OLD TABLE AS gone FOR EACH STATEMENT",
        "audit_keep_disclosures",
    ),
]

#: a user's own pages see the entries about that user only; the other sides see the log as their grants say
POLICIES: list[tuple[str, str, str]] = [
    ("audit_entry_insert", "audit_entry", "FOR INSERT WITH CHECK (true)"),
    (
        "audit_entry_own",
        "audit_entry",
        "FOR SELECT TO office_self USING (subject = nullif(current_setting('office.subject', true), ''))",
    ),
    (
        "audit_entry_house",
        "audit_entry",
        "FOR SELECT TO office_staff, office_worker, office_sequencer, office_auditor USING (true)",
    ),
]


#: the log's own tables whose rows end
ENDING = ("audit_export", "audit_export_schedule", "audit_readertoken")


def create_function(name: str) -> str:
    """Return the statement that creates (or puts back) one function."""
    arguments, returns, attributes, body = FUNCTIONS[name]
    return (
        f"CREATE OR REPLACE FUNCTION {name}({arguments}) RETURNS {returns} LANGUAGE {attributes} "
        f"AS $body${body}$body$;\n"
        f"REVOKE ALL ON FUNCTION {name} FROM PUBLIC;"
    )


def create_triggers(only: str = "") -> str:
    """Return the statements that create (or put back) every trigger, or one table's, enabled for every session role."""
    return "\n".join(
        f"CREATE OR REPLACE TRIGGER {name} {when.format(table=table)} EXECUTE FUNCTION {function}();\n"
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER {name};"
        for name, table, when, function in TRIGGERS
        if only in {"", table}
    )


def ends(*tables: str) -> str:
    """Return the statements by which rows of these tables that have ended stay ended."""
    return "\n".join(
        f"CREATE OR REPLACE TRIGGER audit_ended BEFORE UPDATE ON {table} "
        f"FOR EACH ROW EXECUTE FUNCTION audit_keep_ended();\n"
        f"ALTER TABLE {table} ENABLE ALWAYS TRIGGER audit_ended;"
        for table in tables
    )


def create_policies() -> str:
    """Return the statements that switch row-level security on for the log."""
    rows = "\n".join(f"CREATE POLICY {name} ON {table} {rule};" for name, table, rule in POLICIES)
    return f"ALTER TABLE audit_entry ENABLE ROW LEVEL SECURITY;\n{rows}"
