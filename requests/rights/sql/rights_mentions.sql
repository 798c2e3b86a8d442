DECLARE
    matches text;
    found bigint;
    person uuid;
    inside text[];
    whole text;
BEGIN
    IF NOT public.audit_may_erase(of_subject) THEN
        RAISE EXCEPTION 'Only what may be erased is searched for.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- What identifies a person: anywhere in a text their addresses, as typed or as in an address of a page, the ids at
    -- Google and GitHub and the account's id; their user name as a whole value, for it may be an everyday word.
    SELECT u.id, lower(u.username) INTO person, whole FROM public.identity_user u WHERE u.reference = of_subject;
    SELECT array_agg(DISTINCT text) INTO inside FROM (
        SELECT lower(u.email) AS text FROM public.identity_user u WHERE u.id = person
        UNION SELECT lower(a.email) FROM public.account_emailaddress a WHERE a.user_id = person
        UNION SELECT s.uid FROM public.socialaccount_socialaccount s WHERE s.user_id = person AND length(s.uid) > 5
        UNION SELECT person::text) texts
    WHERE text <> '';
    inside := inside || ARRAY(SELECT replace(text, '@', '%40') FROM unnest(inside) text WHERE text LIKE '%@%');
    SELECT string_agg(format(
        '(t.%1$I IS NOT NULL AND (lower(t.%1$I::text) = $2 OR strpos(lower(t.%1$I::text), ''"'' || $2 || ''"'') > 0 '
        'OR EXISTS (SELECT FROM unnest($1) s WHERE strpos(lower(t.%1$I::text), s) > 0)))', a.attname), ' OR ')
    INTO matches
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
    WHERE a.attrelid = format('public.%I', of_table)::regclass AND a.attnum > 0 AND NOT a.attisdropped
      AND (y.typcategory = 'S' OR y.typname IN ('json', 'jsonb', 'inet', '_text', '_varchar'));
    IF matches IS NULL THEN
        RETURN 0;
    END IF;
    EXECUTE format('SELECT count(*) FROM public.%I t WHERE %s', of_table, matches) INTO found USING inside, whole;
    RETURN found;
END
