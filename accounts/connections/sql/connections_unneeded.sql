    -- Whole is a grant that may go: what its person had restricted is stored all the same. `since` is when the office
    -- last learnt of a change that may have made it so.
    SELECT g.id, g.subject::text, u.scopes,
           u.scopes @> g.scopes::text[] AND NOT public.audit_is_restricted(g.subject, 'connections.grants'),
           greatest(g.changed_at, (SELECT max(e.taken_at) FROM public.connections_endedautomation e
                                   WHERE e.subject = g.subject),
                    (SELECT max(a.occurred_at) FROM public.connections_automation a WHERE a.subject = g.subject))
    FROM public.connections_googlegrant g
    CROSS JOIN LATERAL (
        SELECT ARRAY(
            SELECT s::text FROM unnest(g.scopes) s WHERE NOT EXISTS (
                SELECT FROM public.connections_automation a
                WHERE a.subject = g.subject AND s = ANY (a.scopes) AND a.id <> ALL (g.withheld)
                  AND NOT EXISTS (SELECT FROM public.connections_endedautomation e WHERE e.id = a.id))
            ORDER BY s) AS scopes) u
    WHERE cardinality(u.scopes) > 0 AND (of_subject IS NULL OR g.subject = of_subject)
