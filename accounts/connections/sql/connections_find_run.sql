    SELECT r.occurred_at FROM public.connections_run r WHERE r.subject = of_subject AND r.id = of_run AND ${listed}
