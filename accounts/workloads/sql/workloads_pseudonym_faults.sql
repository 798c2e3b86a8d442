    WITH people AS (
        SELECT p.value, p.subject, u.id, lower(u.email) AS email
        FROM public.workloads_pseudonym p LEFT JOIN public.identity_user u ON u.reference = p.subject
        ORDER BY p.made_at DESC, p.id LIMIT sample
    ), texts AS (
        SELECT value, text FROM people, unnest(ARRAY[subject, id::text, replace(id::text, '-', ''), email]) text
        WHERE text IS NOT NULL
    )
    SELECT
        (SELECT count(*) FROM public.workloads_pseudonym),
        (SELECT count(*) FROM public.workloads_pseudonym p WHERE public.audit_is_erased(p.subject)),
        (SELECT count(*) FROM people WHERE value !~ '^[0-9a-f]{32}$')
        + (SELECT count(DISTINCT value) FROM texts WHERE value IN (
            text, md5(text),
            left(encode(sha256(convert_to(text, 'UTF8')), 'hex'), 32),
            right(encode(sha256(convert_to(text, 'UTF8')), 'hex'), 32),
            left(encode(sha512(convert_to(text, 'UTF8')), 'hex'), 32)))
