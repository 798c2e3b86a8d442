DECLARE
    removed bigint;
BEGIN
    DELETE FROM public.humanaccess_readcode WHERE expires_at < clock_timestamp() - interval '1 day';
    GET DIAGNOSTICS removed = ROW_COUNT;
    RETURN removed;
END
