    SELECT l.subject::text, l.written_at, l.mail_state::text, l.read_at FROM public.inbox_letter l
    WHERE l.case_ref <> '' AND l.case_ref = replace(of_announcement::text, '-', '') AND l.subject > after
      AND EXISTS (SELECT FROM public.terms_announcement a WHERE a.id = of_announcement)
    ORDER BY l.subject LIMIT at_most
