    SELECT l.id, l.kind, l.subject_line, l.written_at, l.read_at, l.mail_state FROM public.inbox_letter l
    WHERE l.subject = of_subject AND l.case_ref = of_case AND l.case_ref <> ''
    ORDER BY l.written_at DESC, l.id DESC
