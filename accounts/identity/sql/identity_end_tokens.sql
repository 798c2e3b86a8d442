BEGIN
    -- Whoever makes a token holds this lock: theirs is seen here, or they see what ends now. No row is locked: whoever
    -- ends a role holds the role's, and an approval locks the person's before it.
    PERFORM pg_advisory_xact_lock(hashtextextended('tokens:' || of_subject, 0));
    RETURN QUERY UPDATE public.identity_usertoken SET revoked_at = at
        WHERE subject = of_subject AND revoked_at IS NULL AND expires_at > at AND (NOT only_staff OR ${for_staff})
        RETURNING id;
END
