    SELECT r.id, r.occurred_at, ${what} FROM public.${table} r
    WHERE r.subject = of_subject AND ${within} AND r.occurred_at >= since AND r.occurred_at < until
      AND (r.occurred_at, r.id) > (since, after)
      AND ${listed}
    ORDER BY r.occurred_at, r.id LIMIT least(at_most, 1001)
