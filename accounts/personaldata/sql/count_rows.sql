DECLARE
    found bigint;
BEGIN
    IF NOT of_table = ANY (ARRAY[${tables}]) THEN
        RAISE EXCEPTION '% is no table whose rows are erased.', of_table USING ERRCODE = 'invalid_parameter_value';
    END IF;
    EXECUTE format('SELECT count(*) FROM public.%I WHERE subject = $$1', of_table) INTO found USING of_subject;
    RETURN found;
END
