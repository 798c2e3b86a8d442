DECLARE
    columns text;
    person uuid;
    inside text[];
    patterns text[];
    whole text;
    has_subject boolean;
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
        UNION SELECT lower(s.uid) FROM public.socialaccount_socialaccount s
            WHERE s.user_id = person AND length(s.uid) > 5
        UNION SELECT person::text) texts
    WHERE text <> '';
    inside := inside || ARRAY(
        SELECT replace(replace(text, '+', '%2b'), '@', '%40') FROM unnest(inside) text WHERE text LIKE '%@%');
    -- With boundaries, so that a longer address or number is none of theirs; as in an address of a page without.
    patterns := ARRAY(
        SELECT CASE WHEN text LIKE '%\%40%' THEN '' ELSE '(?<![[:alnum:]._+-])' END
            || regexp_replace(text, '([^[:alnum:]])', '\\\1', 'g') || '(?![[:alnum:]_-]|\.[[:alnum:]])'
        FROM unnest(inside) WITH ORDINALITY AS t (text, place) ORDER BY place);
    -- The log's leaves are text as well.
    SELECT string_agg(format(CASE WHEN y.typname = 'bytea' THEN 'convert_from(t.%I, ''UTF8'')'
                                  WHEN y.typname LIKE '\_%' THEN 'array_to_json(t.%I)::text' ELSE 't.%I::text' END,
                             a.attname), ', '), bool_or(a.attname = 'subject')
    INTO columns, has_subject
    FROM pg_catalog.pg_attribute a JOIN pg_catalog.pg_type y ON y.oid = a.atttypid
    WHERE a.attrelid = format('public.%I', of_table)::regclass AND a.attnum > 0 AND NOT a.attisdropped
      AND (y.typcategory = 'S' OR y.typname IN ('json', 'jsonb', 'inet', '_text', '_varchar')
           OR (y.typname = 'bytea' AND a.attname = 'leaf'));
    IF columns IS NULL OR inside IS NULL THEN
        RETURN QUERY SELECT 0::bigint, 0::bigint;
        RETURN;
    END IF;
    -- By ranges of pages, each a short statement: no table is too large.
    RETURN QUERY EXECUTE format(
        'SELECT count(*) FILTER (WHERE EXISTS (SELECT FROM unnest($1, $7) AS s (text, pattern) '
        'WHERE strpos(v.text, s.text) > 0 AND v.text ~ s.pattern)), '
        'count(*) FILTER (WHERE strpos(v.text, E''\n'' || $2 || E''\n'') > 0 OR (strpos(v.text, ''"'' || $2 || ''"'') > 0 '
        'AND v.text ~ (''"'' || $5 || ''"(?!\s*:)''))) '
        'FROM public.%I t, LATERAL (SELECT E''\n'' || lower(concat_ws(E''\n'', %s)) || E''\n'' AS text) v '
        'WHERE t.ctid >= format(''(%%s,0)'', $3)::tid AND t.ctid < format(''(%%s,0)'', $4)::tid'
        || CASE WHEN but_own AND has_subject THEN ' AND t.subject <> $6' ELSE '' END, of_table, columns)
    USING inside, whole, first_page, end_page, regexp_replace(whole, '([^[:alnum:]])', '\\\1', 'g'), of_subject, patterns;
END
