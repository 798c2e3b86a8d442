DECLARE
    person uuid;
    erased bigint;
    more bigint;
BEGIN
    IF NOT public.audit_is_erased(of_subject) THEN
        RAISE EXCEPTION 'An account goes only with an entry that says that its person is erased.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT id INTO person FROM public.identity_user WHERE reference = of_subject AND NOT is_staff;
    IF part = 'sessions' THEN
        RETURN public.identity_end_sessions(person);
    ELSIF part = 'tokens' THEN
        DELETE FROM public.identity_usertoken WHERE subject = of_subject;
    ELSIF part = 'provider_ids' THEN
        DELETE FROM public.socialaccount_socialtoken
        WHERE account_id IN (SELECT id FROM public.socialaccount_socialaccount WHERE user_id = person);
        DELETE FROM public.socialaccount_socialaccount WHERE user_id = person;
    ELSIF part = 'second_factors' THEN
        DELETE FROM public.mfa_authenticator WHERE user_id = person;
    ELSIF part = 'account' THEN
        DELETE FROM public.identity_invitation i
        WHERE i.accepted_by = of_subject OR lower(i.email) IN (
            SELECT lower(a.email) FROM public.account_emailaddress a WHERE a.user_id = person
            UNION SELECT lower(u.email) FROM public.identity_user u WHERE u.id = person);
        GET DIAGNOSTICS more = ROW_COUNT;
        DELETE FROM public.identity_staffmail WHERE subject = of_subject;
        DELETE FROM public.identity_pendingchange WHERE user_id = person;
        DELETE FROM public.identity_roleassignment WHERE user_id = person;
        DELETE FROM public.account_emailconfirmation
        WHERE email_address_id IN (SELECT id FROM public.account_emailaddress WHERE user_id = person);
        DELETE FROM public.account_emailaddress WHERE user_id = person;
        DELETE FROM public.identity_user WHERE id = person;
    ELSE
        RAISE EXCEPTION '% is no part of an account.', part USING ERRCODE = 'invalid_parameter_value';
    END IF;
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased + coalesce(more, 0);
END
