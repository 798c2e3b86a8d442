    SELECT count(*) = 2
       AND (bool_or(confirmed) OR max(since) <= clock_timestamp() - interval '${apart_days} days')
    FROM (
        SELECT bool_or(r.confirmed_by <> '') AS confirmed, max(r.effective_at) AS since
        FROM public.identity_user u JOIN public.identity_roleassignment r ON r.user_id = u.id
        WHERE u.reference IN (asker, decider) AND u.is_staff AND u.is_active
          AND r.ended_at IS NULL AND r.effective_at <= clock_timestamp()
        GROUP BY u.reference
    ) held
