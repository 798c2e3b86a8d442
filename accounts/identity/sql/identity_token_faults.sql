    WITH held AS (
        SELECT t.*, t.revoked_at IS NULL AND t.expires_at > at AS works, ${for_staff} AS for_staff,
               u.id AS person, u.is_active, u.is_staff
        FROM public.identity_usertoken t LEFT JOIN public.identity_user u ON u.reference = t.subject
    )
    SELECT count(*), count(*) FILTER (WHERE works),
        count(*) FILTER (WHERE NOT (expires_at <= made_at + interval '366 days') OR NOT isfinite(made_at)
            OR for_staff AND expires_at > made_at + interval '1 day'),
        count(*) FILTER (WHERE octet_length(hash) <> 32),
        count(*) FILTER (WHERE works AND is_active IS NOT TRUE OR public.audit_is_erased(subject)),
        count(*) FILTER (WHERE works AND for_staff AND NOT (
            is_staff IS TRUE
            AND EXISTS (SELECT FROM public.identity_roleassignment r WHERE r.user_id = person AND r.ended_at IS NULL)
            AND EXISTS (SELECT FROM public.mfa_authenticator m WHERE m.user_id = person AND m.type <> 'recovery_codes')))
    FROM held
