DECLARE
    erased bigint;
BEGIN
    IF NOT public.audit_may_erase(of_subject) THEN
        RAISE EXCEPTION 'Rows of % go only with an entry that says that their subject is erased.', of_table
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT of_table = ANY (ARRAY[${tables}]) THEN
        RAISE EXCEPTION '% is no table whose rows are erased.', of_table USING ERRCODE = 'invalid_parameter_value';
    END IF;
    EXECUTE format(
        'DELETE FROM public.%I WHERE ctid = ANY (ARRAY(SELECT ctid FROM public.%I WHERE subject = $$1 LIMIT $$2))',
        of_table, of_table) USING of_subject, at_most;
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased;
END
