    WITH given AS (
        SELECT ${cast}, place
        FROM unnest(${arrays}) WITH ORDINALITY AS g (${columns}, place)
    ), owned AS (
        SELECT DISTINCT ON (g.id) g.id, coalesce(t.subject, g.subject) AS subject
        FROM given g LEFT JOIN public.${table} t ON t.id = g.id ORDER BY g.id, g.place
    ), ended AS (
        INSERT INTO public.${ended} (id, subject, ended_at)
        SELECT DISTINCT ON (g.id) g.id, g.subject, g.occurred_at
        FROM given g JOIN owned o ON o.id = g.id AND o.subject = g.subject
        WHERE g.sealed IS NULL ORDER BY g.id, g.occurred_at
        ON CONFLICT DO NOTHING RETURNING id
    ), latest AS (
        SELECT DISTINCT ON (g.id) ${latest} FROM given g JOIN owned o ON o.id = g.id AND o.subject = g.subject
        WHERE g.id NOT IN (SELECT e.id FROM ended e)
          AND NOT EXISTS (SELECT FROM public.${ended} e WHERE e.id = g.id)
        ORDER BY g.id, g.occurred_at DESC
    ), taken AS (
        INSERT INTO public.${table} AS t (${columns}) SELECT ${columns} FROM latest
        ON CONFLICT (id) DO UPDATE SET ${kept}
        WHERE t.subject = excluded.subject AND t.occurred_at < excluded.occurred_at
        RETURNING 1
    ) SELECT (SELECT count(*) FROM taken) + (SELECT count(*) FROM ended)
