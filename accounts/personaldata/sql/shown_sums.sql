    WITH found AS (
        SELECT d.*, min(d.records) OVER (PARTITION BY d.stream) < ${fewest} AS has_few,
               count(*) OVER smaller AS cells, coalesce(sum(d.records) OVER smaller, 0) AS held
        FROM public.audit_ticket(${entry}) t JOIN public.${totals} d ON d.subject = t.subject
        WHERE t.event = '${event}' AND starts_with(t.actor, 'staff:')
          AND public.audit_ticket_age(${entry}) < ${seconds}
        WINDOW smaller AS (PARTITION BY d.stream ORDER BY d.records, d.day, d.kind, d.unit
                           ROWS BETWEEN UNBOUNDED PRECEDING AND 1 PRECEDING)
    ), told AS (
        SELECT f.*, f.shown_records >= ${fewest}
               AND NOT (f.has_few AND (f.cells < 2 OR f.held < f.cells + ${fewest_less_one})) AS is_told
        FROM found f
    )
    SELECT t.day, t.stream, t.kind, t.unit, CASE WHEN t.is_told THEN t.shown_records END,
           CASE WHEN t.is_told THEN t.shown_quantity END
    FROM told t WHERE (of_stream = '' OR t.stream = of_stream) AND t.day BETWEEN since AND until
    ORDER BY t.day DESC, t.stream, t.kind, t.unit LIMIT least(at_most, 200) OFFSET skipped
