    SELECT l.id, l.occurred_at, l.level FROM public.workloads_logline l
    WHERE l.subject = of_subject AND l.app = of_app AND l.occurred_at >= since AND l.occurred_at < until
      AND ${listed}
    ORDER BY l.occurred_at, l.id LIMIT least(at_most, 50)
