    -- Told is whoever has the version's letter, or accepted it: who joins later accepts it, or gets the letter within
    -- the hour. `until` leaves out what there was no time for yet.
    SELECT count(*), count(*) FILTER (WHERE NOT p.is_told AND NOT p.has_accepted),
           count(*) FILTER (WHERE p.went_on AND NOT p.has_accepted)
    FROM (
        SELECT EXISTS (SELECT FROM public.inbox_letter l JOIN public.terms_announcement a
                       ON l.case_ref = replace(a.id::text, '-', '')
                       WHERE a.version_id = v.id AND l.subject = u.reference) AS is_told,
               EXISTS (SELECT FROM public.terms_acceptance c
                       WHERE c.version_id = v.id AND c.subject = u.reference) AS has_accepted,
               NOT v.must_accept AND u.last_login < until
               AND u.last_login >= greatest(v.effective_on::timestamp AT TIME ZONE 'UTC', v.published_at) AS went_on
        FROM public.identity_user u, public.terms_policyversion v
        WHERE v.id = of_version AND u.is_active AND greatest(u.date_joined, v.published_at) < until) p
