    SELECT EXISTS (
        SELECT FROM public.audit_entry e
        WHERE e.subject = of_subject AND e.event IN ('audit.subject.shredded', 'rights.erasure.started')
          AND e.outcome = 'ok' AND e.written_at <= clock_timestamp())
