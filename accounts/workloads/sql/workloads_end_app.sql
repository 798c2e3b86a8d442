    WITH ended AS (
        INSERT INTO public.workloads_terminatedapp (app, subject, terminated_at)
        SELECT of_app, u.reference, at FROM public.identity_user u
        WHERE u.reference = of_subject
          AND NOT EXISTS (SELECT FROM public.workloads_app a WHERE a.id = of_app AND a.subject <> of_subject)
        ON CONFLICT DO NOTHING
        RETURNING 1)
    SELECT EXISTS (SELECT FROM ended)
