    SELECT DISTINCT a.subject::text FROM public.workloads_app a WHERE a.id = ANY (apps)
