    -- What is not known to lie within counts as outside: an unknown kind, an item that is gone.
    SELECT n.item FROM unnest(kinds, things) n(kind, item)
    WHERE NOT EXISTS (
        SELECT FROM public.humanaccess_legalprocess p
        WHERE p.id = of_process AND p.categories ? ('${categories}'::jsonb ->> n.kind)
          AND (n.kind IN (${things_with_a_state})
               OR split_part(public.humanaccess_place(n.kind, n.item), ' ', 3)::date BETWEEN p.period_from AND p.period_until))
