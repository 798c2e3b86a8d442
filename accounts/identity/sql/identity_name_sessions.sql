    SELECT n.id, s.created_at FROM public.identity_user u JOIN public.usersessions_usersession s ON s.user_id = u.id
    CROSS JOIN LATERAL (SELECT lpad(to_hex(s.id), 32, '0')::uuid AS id) n
    WHERE u.reference = of_subject AND s.created_at >= since AND s.created_at < until
      AND (s.created_at, n.id) > (since, after)
      AND ${listed}
    ORDER BY s.created_at, n.id LIMIT least(at_most, 1001)
