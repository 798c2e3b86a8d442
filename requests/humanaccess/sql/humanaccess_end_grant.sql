BEGIN
    IF (reason = 'user') <> (session_user = 'office_self') THEN
        RAISE EXCEPTION 'The user''s own side ends grants for the user, and no other side does.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.humanaccess_grant SET ended_at = at, ended_reason = reason
    WHERE id = ending AND ended_at IS NULL
      AND (session_user <> 'office_self' OR (subject = nullif(current_setting('office.subject', true), '')
           AND EXISTS (SELECT FROM public.humanaccess_ask a WHERE a.id = ask_id AND a.ground = 'agreement')));
    RETURN FOUND;
END
