    SELECT ${item}, a.provider, a.region, a.occurred_at FROM public.workloads_app a
    WHERE a.subject = of_subject AND ${listed}
    ORDER BY a.occurred_at, a.id LIMIT 500
