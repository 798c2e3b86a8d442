    -- An entry that names no data category may be about any of them.
    SELECT EXISTS (
        SELECT FROM public.rights_mark m
        WHERE m.subject = of_subject AND (m.category = of_category OR of_category IS NULL)
          AND m.kind <> 'disputed' AND m.ended_at IS NULL)
