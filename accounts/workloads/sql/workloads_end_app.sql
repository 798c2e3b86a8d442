    WITH ended AS (
        INSERT INTO public.workloads_terminatedapp (app, subject, terminated_at)
        SELECT a.id, a.subject, at FROM public.workloads_app a WHERE a.id = of_app AND a.subject = of_subject
        ON CONFLICT DO NOTHING
        RETURNING 1)
    SELECT EXISTS (SELECT FROM ended)
