    SELECT e.event, coalesce(e.subject, ''), e.actor FROM public.audit_entry e
    WHERE e.id = ticket AND e.outcome = 'ok' AND e.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
      AND e.written_at BETWEEN clock_timestamp() - interval '${seconds} seconds' AND clock_timestamp()
