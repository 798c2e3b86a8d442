    UPDATE public.identity_usertoken SET used_at = at
    WHERE id = token AND (used_at IS NULL OR used_at < at - interval '1 minute')
