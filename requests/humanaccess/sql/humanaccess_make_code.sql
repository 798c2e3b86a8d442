DECLARE
    ends timestamptz;
BEGIN
    IF NOT wanted = ANY (ARRAY[${kinds}]) OR of_hash !~ '^[0-9a-f]{64}$$' THEN
        RAISE EXCEPTION 'A code is the SHA-256 of 32 bytes, for an item that the platform holds.'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    INSERT INTO public.humanaccess_readcode (id, code_hash, grant_id, subject, kind, item, entry, expires_at)
    SELECT gen_random_uuid(), of_hash, o.id, o.subject, wanted, o.item,
           nullif(current_setting('office.entry', true), '')::uuid, clock_timestamp() + interval '${seconds} seconds'
    FROM (SELECT g.id, g.subject, public.humanaccess_open_item(wanted) AS item FROM public.humanaccess_grant g
          WHERE g.id = nullif(current_setting('office.grant', true), '')::uuid) o
    WHERE ${is_there}
    RETURNING expires_at INTO ends;
    RETURN ends;
END
