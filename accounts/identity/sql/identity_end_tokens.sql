BEGIN
    -- Whoever makes a token holds this row: theirs is seen here, or they see what ends now.
    PERFORM FROM public.identity_user WHERE reference = of_subject FOR UPDATE;
    RETURN QUERY UPDATE public.identity_usertoken SET revoked_at = at
        WHERE subject = of_subject AND revoked_at IS NULL AND expires_at > at AND (NOT only_staff OR ${for_staff})
        RETURNING id;
END
