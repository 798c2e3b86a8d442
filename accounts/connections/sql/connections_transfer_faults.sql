    -- A digest is compared with those of the same key alone: of another key, or of an automation that was last told of
    -- before digests were kept, nothing is known; nor of an automation that was deleted, until it was.
    WITH judged AS (
        SELECT t.id, t.occurred_at,
               CASE WHEN a.id IS NULL AND t.occurred_at <= e.ended_at THEN NULL
                    WHEN a.id IS NULL OR t.digest = ANY (a.destination_digests) THEN a.id IS NULL
                    WHEN cardinality(a.destination_digests) = 0
                      OR EXISTS (SELECT FROM unnest(a.destination_digests) d
                                 WHERE split_part(d, '.', 1) = split_part(t.digest, '.', 1)) THEN true
               END AS is_wrong
        FROM public.connections_transfer t
        LEFT JOIN public.connections_automation a ON a.id = t.automation AND a.subject = t.subject
        LEFT JOIN public.connections_endedautomation e ON e.id = t.automation AND e.subject = t.subject
        WHERE t.occurred_at >= since AND t.occurred_at < until
    )
    SELECT count(*), count(*) FILTER (WHERE is_wrong IS NULL), count(*) FILTER (WHERE is_wrong),
           (array_agg(id ORDER BY occurred_at, id) FILTER (WHERE is_wrong))[:at_most]
    FROM judged
