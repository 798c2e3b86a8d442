    SELECT u.reference::text FROM public.identity_user u
    JOIN public.identity_roleassignment r ON r.user_id = u.id AND r.role = ANY (wanted)
         AND r.effective_at <= clock_timestamp() AND r.ended_at IS NULL
    WHERE u.is_staff AND u.is_active
