    SELECT l.mail_state::text, count(*), count(l.read_at) FROM public.inbox_letter l
    WHERE l.case_ref <> '' AND l.case_ref = replace(of_announcement::text, '-', '') GROUP BY 1 ORDER BY 1
