    SELECT t.id, t.occurred_at, t.automation, t.kind, t.digest FROM public.connections_transfer t
    WHERE t.subject = of_subject AND t.occurred_at >= since AND t.occurred_at < until
      AND (t.occurred_at, t.id) > (since, after)
      AND ${listed}
    ORDER BY t.occurred_at, t.id LIMIT least(at_most, 1001)
