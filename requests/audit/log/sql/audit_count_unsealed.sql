DECLARE
    share real;
BEGIN
    -- Two numbers leave here and no value: how many were looked at, and how many are not in the vault's format. An
    -- empty value was erased.
    SELECT least(100, greatest(0.01, 200.0 * sample / greatest(c.reltuples, 1))) INTO share
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
    WHERE c.oid = to_regclass(format('public.%I', place)) AND a.attname = part AND a.atttypid = 'bytea'::regtype;
    IF share IS NULL THEN
        RAISE EXCEPTION '%.% is no column that could be sealed.', place, part
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    RETURN QUERY EXECUTE format(
        'SELECT count(*), count(*) FILTER (WHERE CASE WHEN length(v) = 0 THEN false WHEN length(v) < 29 THEN true '
        'ELSE get_byte(v, 0) <> 1 END) '
        'FROM (SELECT %1$I AS v FROM public.%2$I TABLESAMPLE SYSTEM (%3$s) WHERE %1$I IS NOT NULL LIMIT %4$s) s',
        part, place, share, sample);
END
