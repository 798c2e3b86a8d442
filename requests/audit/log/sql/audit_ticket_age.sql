    SELECT extract(epoch FROM clock_timestamp() - e.written_at)::double precision FROM public.audit_entry e
    WHERE e.id = ticket AND e.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
      AND e.written_at <= clock_timestamp()
