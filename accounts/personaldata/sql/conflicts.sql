    SELECT g.id, g.subject FROM unnest(ids, subjects) AS g (id, subject)
    JOIN public.${table} t ON t.id = g.id WHERE t.subject <> g.subject
