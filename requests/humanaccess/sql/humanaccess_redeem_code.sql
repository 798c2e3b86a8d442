DECLARE
    c public.humanaccess_readcode;
BEGIN
    SELECT r.* INTO c FROM public.humanaccess_readcode r WHERE r.code_hash = of_hash FOR UPDATE;
    IF NOT FOUND THEN
        broken := 'unknown';
        RETURN NEXT;
        RETURN;
    END IF;
    SELECT c.subject, a.reference, g.id, c.kind, c.item, g.reader, g.ends_at, c.entry
    INTO of_subject, of_case, of_grant, of_kind, item, of_reader, ends, of_entry
    FROM public.humanaccess_grant g JOIN public.humanaccess_ask a ON a.id = g.ask_id WHERE g.id = c.grant_id;
    app := public.humanaccess_app_of(c.kind, c.item, c.subject);
    -- The gate reads whose item, which grant and which entry from these; nothing else of the transaction does.
    PERFORM set_config('office.subject', c.subject, true), set_config('office.grant', c.grant_id::text, true),
            set_config('office.entry', c.entry::text, true);
    broken := CASE
        WHEN c.redeemed_at IS NOT NULL THEN 'used'
        WHEN c.expires_at <= clock_timestamp() THEN 'late'
        WHEN app IS NULL THEN 'gone'
        WHEN app IS DISTINCT FROM of_app THEN 'other_item'
        WHEN public.humanaccess_open_code(c.kind) IS DISTINCT FROM c.item THEN 'closed'
        ELSE '' END;
    PERFORM set_config('office.subject', '', true), set_config('office.grant', '', true),
            set_config('office.entry', '', true);
    IF broken = '' THEN
        UPDATE public.humanaccess_readcode r SET redeemed_at = clock_timestamp(), redeemed_by = of_token
        WHERE r.id = c.id AND r.redeemed_at IS NULL AND r.expires_at > clock_timestamp();
        IF NOT FOUND THEN
            broken := 'late';
        END IF;
    END IF;
    RETURN NEXT;
END
