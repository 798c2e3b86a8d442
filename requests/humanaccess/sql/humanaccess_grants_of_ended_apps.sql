BEGIN
    -- open grants of a person under which nothing can be read but items of apps that have ended
    RETURN QUERY SELECT g.id
    FROM public.humanaccess_grant g JOIN public.humanaccess_ask a ON a.id = g.ask_id
    WHERE g.subject = of_subject AND g.ended_at IS NULL AND a.ground <> 'legal' AND NOT EXISTS (
        SELECT FROM public.humanaccess_ask_item i
        WHERE i.ask_id = a.id AND (a.ground <> 'agreement' OR i.answer = 'agreed') AND NOT EXISTS (
            SELECT FROM public.workloads_terminatedapp t
            WHERE t.subject = g.subject
              AND t.app::text = split_part(public.humanaccess_place(i.kind, i.item), ' ', 2)));
END
