DECLARE
    today date := (clock_timestamp() AT TIME ZONE 'UTC')::date;
    days integer := CASE of_query ${days} END;
BEGIN
    IF days IS NULL OR extract(isodow FROM of_week) <> 1 OR of_week + 8 > today OR of_week < today - days THEN
        RAISE EXCEPTION 'An aggregate is of a query of the catalogue and of a closed week.'
            USING ERRCODE = 'invalid_parameter_value';
    END IF;
    IF NOT EXISTS (
        SELECT FROM public.audit_entry e
        WHERE e.id = ${entry} AND e.event = '${event}' AND e.outcome = 'ok' AND starts_with(e.actor, 'staff:')
          AND convert_from(e.leaf, 'UTF8')::jsonb -> 'payload'
              @> jsonb_build_object('query', of_query, 'week', to_char(of_week, 'YYYY-MM-DD'))
          AND e.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
          AND e.written_at BETWEEN clock_timestamp() - interval '10 seconds' AND clock_timestamp()) THEN
        RAISE EXCEPTION 'No entry of the log says that this aggregate is run.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    INSERT INTO public.humanaccess_aggregate (id, query, week, cells, largest_share, computed_at)
    SELECT gen_random_uuid(), of_query, of_week,
           coalesce(jsonb_agg(jsonb_build_object('kind', s.kind, 'unit', s.unit, 'persons', s.persons,
                                                 'amount', s.amount) ORDER BY s.unit, s.kind), '[]'),
           coalesce(max(s.share), 0), clock_timestamp()
    FROM (SELECT array_agg(r.kind::text) AS kinds, array_agg(r.unit::text) AS units,
                 array_agg(r.subject::text) AS subjects, array_agg(r.amount::numeric) AS amounts
          FROM (${records}) r
          WHERE NOT EXISTS (SELECT FROM public.humanaccess_aggregate a WHERE a.query = of_query AND a.week = of_week)) q
    CROSS JOIN LATERAL public.humanaccess_suppress(q.kinds, q.units, q.subjects, q.amounts) s
    ON CONFLICT (query, week) DO NOTHING;
END
