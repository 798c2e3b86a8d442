    SELECT c.id, c.occurred_at FROM public.workloads_command c
    WHERE c.subject = of_subject AND c.occurred_at >= since AND c.occurred_at < until
      AND ${listed}
    ORDER BY c.occurred_at, c.id LIMIT least(at_most, 50)
