DECLARE
    g public.humanaccess_grant;
    opened uuid := public.humanaccess_open_item(wanted);
BEGIN
    IF NOT wanted = ANY (ARRAY[${kinds}]) OR of_hash !~ '^[0-9a-f]{64}$$' THEN
        RAISE EXCEPTION 'A code is the SHA-256 of 32 bytes, for an item that the platform holds.'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    SELECT * INTO g FROM public.humanaccess_grant WHERE id = nullif(current_setting('office.grant', true), '')::uuid;
    app := public.humanaccess_app_of(wanted, opened, g.subject);
    IF app IS NOT NULL THEN
        ends := clock_timestamp() + interval '${seconds} seconds';
        INSERT INTO public.humanaccess_readcode (id, code_hash, grant_id, subject, kind, item, entry, expires_at)
        VALUES (gen_random_uuid(), of_hash, g.id, g.subject, wanted, opened,
                nullif(current_setting('office.entry', true), '')::uuid, ends);
    END IF;
    RETURN NEXT;
END
