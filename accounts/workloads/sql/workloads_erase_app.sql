DECLARE
    owner text := (SELECT t.subject FROM public.workloads_terminatedapp t WHERE t.app = of_app AND t.settled_at IS NULL);
    erased bigint;
BEGIN
    IF NOT EXISTS (
        SELECT FROM public.audit_entry e
        WHERE e.subject = owner AND e.event = 'workloads.app.terminated' AND e.outcome = 'ok'
          AND convert_from(e.leaf, 'UTF8')::jsonb #>> '{payload,app}' = of_app::text) THEN
        RAISE EXCEPTION 'Rows of an app go only with an entry that says that it has ended.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT of_table = ANY (ARRAY[${tables}]) THEN
        RAISE EXCEPTION '% is no table whose rows are erased.', of_table USING ERRCODE = 'invalid_parameter_value';
    END IF;
    EXECUTE format(
        'DELETE FROM public.%I WHERE ctid = ANY (ARRAY('
        'SELECT ctid FROM public.%I WHERE subject = $$1 AND %I = $$2 LIMIT $$3))',
        of_table, of_table, CASE of_table WHEN 'workloads_app' THEN 'id' ELSE 'app' END) USING owner, of_app, at_most;
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END
