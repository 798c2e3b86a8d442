BEGIN
    -- Each place is looked up once: for each pair of an item named and one asked for then, it took minutes.
    RETURN QUERY WITH given AS MATERIALIZED (
        SELECT n.kind, n.item, public.humanaccess_place(n.kind, n.item) AS place
        FROM unnest(kinds, things) n(kind, item)
    ), asked AS MATERIALIZED (
        SELECT i.id, i.kind, i.item, public.humanaccess_place(i.kind, i.item) AS place
        FROM public.humanaccess_ask_item i
        JOIN public.humanaccess_ask a ON a.id = i.ask_id AND a.ground = 'agreement'
             AND (a.state <> 'asked' OR a.expires_at <= clock_timestamp())
        WHERE i.subject = of_subject AND i.kind = ANY (kinds) AND i.answer <> 'agreed'
    )
    SELECT i.id, n.item FROM given n JOIN asked i ON i.kind = n.kind AND (i.item = n.item OR i.place = n.place);
END
