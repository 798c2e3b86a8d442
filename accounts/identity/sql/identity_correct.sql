DECLARE
    person uuid;
    present text;
BEGIN
    -- Who has stolen the worker's password changes no address but of whom an officer has accepted a correction.
    IF NOT EXISTS (SELECT FROM public.audit_ticket(${entry}) t
                   WHERE t.event IN (${events}) AND t.subject = of_subject)
       OR NOT EXISTS (SELECT FROM public.rights_correction c
                      JOIN public.rights_rightsrequest r ON r.id = c.request_id AND r.state = 'in_progress'
                      WHERE c.subject = of_subject AND c.category = 'identity.account' AND c.field = of_field
                        AND c.decision = 'accepted' AND c.applied_at IS NULL) THEN
        RAISE EXCEPTION 'Nothing is corrected that was not accepted, nor without the entry of its step.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    SELECT u.id, CASE of_field WHEN 'email' THEN u.email WHEN 'username' THEN u.username END INTO person, present
    FROM public.identity_user u WHERE u.reference = of_subject FOR UPDATE;
    IF present = new_value THEN
        RETURN 'known';
    ELSIF present IS DISTINCT FROM old_value THEN
        RETURN 'changed';
    ELSIF of_field = 'username' THEN
        UPDATE public.identity_user SET username = new_value WHERE id = person;
        RETURN 'done';
    ELSIF EXISTS (SELECT FROM public.account_emailaddress a
                  WHERE lower(a.email) = lower(new_value) AND a.user_id <> person) THEN
        RETURN 'unusable';
    END IF;
    UPDATE public.identity_user SET email = new_value WHERE id = person;
    DELETE FROM public.account_emailaddress a WHERE a.user_id = person AND lower(a.email) = lower(new_value);
    UPDATE public.account_emailaddress SET email = new_value, verified = false
    WHERE user_id = person AND lower(email) = lower(old_value);
    RETURN 'done';
EXCEPTION WHEN unique_violation THEN
    RETURN 'unusable';
END
