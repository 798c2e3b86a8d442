    SELECT l.id, l.written_at, l.kind, l.case_ref FROM public.inbox_letter l
    WHERE l.subject = of_subject AND l.written_at >= since AND l.written_at < until
      AND (l.written_at, l.id) > (since, after)
      AND ${listed}
    ORDER BY l.written_at, l.id LIMIT least(at_most, 1001)
