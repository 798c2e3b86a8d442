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
