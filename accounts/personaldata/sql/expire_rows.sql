DECLARE
    kept integer := CASE of_table ${days} END;
    expired bigint;
BEGIN
    IF kept IS NULL THEN
        RAISE EXCEPTION '% is no table whose rows expire.', of_table USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF of_day >= (clock_timestamp() AT TIME ZONE 'UTC')::date - kept THEN
        RAISE EXCEPTION 'Rows of % are kept for % days.', of_table, kept USING ERRCODE = 'insufficient_privilege';
    END IF;
    EXECUTE format(
        'DELETE FROM public.%I WHERE ctid = ANY (ARRAY(SELECT ctid FROM public.%I WHERE subject = $$1 '
        'AND occurred_at >= $$2 AT TIME ZONE ''UTC'' AND occurred_at < ($$2 + 1) AT TIME ZONE ''UTC'' LIMIT $$3))',
        of_table, of_table) USING of_subject, of_day, at_most;
    GET DIAGNOSTICS expired = ROW_COUNT;
    RETURN expired;
END
