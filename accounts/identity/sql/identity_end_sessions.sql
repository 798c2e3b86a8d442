DECLARE
    keys text[];
BEGIN
    WITH gone AS (DELETE FROM public.usersessions_usersession WHERE user_id = person RETURNING session_key)
    SELECT coalesce(array_agg(session_key), '{}') INTO keys FROM gone;
    DELETE FROM public.django_session WHERE session_key = ANY (keys);
    RETURN cardinality(keys);
END
