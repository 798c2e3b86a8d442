    SELECT p.value
    FROM public.audit_ticket(${entry}) t
    JOIN public.workloads_pseudonym p ON p.subject = t.subject
    JOIN public.rights_step s ON s.subject = p.subject AND s.holding = p.provider AND s.finished_at IS NULL
    WHERE s.id = of_step AND t.event = 'rights.pseudonym.shown' AND starts_with(t.actor, 'staff:')
      AND public.audit_ticket_age(${entry}) < ${seconds} AND public.audit_may_erase(t.subject)
