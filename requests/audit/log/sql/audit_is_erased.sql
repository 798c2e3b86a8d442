    SELECT EXISTS (
        SELECT FROM public.audit_entry e
        WHERE e.subject = of_subject AND e.event = 'audit.subject.shredded' AND e.outcome = 'ok'
          AND e.written_at <= clock_timestamp())
