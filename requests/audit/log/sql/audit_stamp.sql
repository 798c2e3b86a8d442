DECLARE
    written pg_catalog.text := convert_from(NEW.leaf, 'UTF8');
    said pg_catalog.jsonb := replace(written, '\u0000', '\ufffd')::pg_catalog.jsonb;
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
       OR (strpos(written, '\u0000') > 0 AND (strpos(columns, '\') > 0 OR strpos(columns, chr(65533)) > 0)) THEN
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
