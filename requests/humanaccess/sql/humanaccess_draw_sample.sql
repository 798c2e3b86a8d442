DECLARE
    outcome boolean;
BEGIN
    IF of_kind = 'access' THEN
        PERFORM FROM public.humanaccess_grant g
        JOIN public.humanaccess_ask a ON a.id = g.ask_id AND a.ground IN (${grounds})
        WHERE g.id = drawing AND (g.ended_at IS NOT NULL OR g.ends_at <= clock_timestamp())
          AND EXISTS (SELECT FROM public.audit_entry e
                      WHERE e.case_ref = a.reference AND e.event = 'humanaccess.item.read');
    ELSE
        PERFORM FROM public.audit_entry e
        WHERE e.id = drawing AND e.event = '${run}' AND e.outcome = 'ok' AND of_kind = 'run';
    END IF;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'What is drawn is over: an access that was used, or a run.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- Not random(): a session can set its seed.
    INSERT INTO public.humanaccess_sample (id, kind, drawn, drawn_at, finding, reviewed_by)
    VALUES (drawing, of_kind, ('x' || left(replace(gen_random_uuid()::text, '-', ''), 8))::bit(32)::bigint
            % ${one_in} = 0, clock_timestamp(), '', '')
    ON CONFLICT (id) DO NOTHING RETURNING drawn INTO outcome;
    RETURN outcome;
END
