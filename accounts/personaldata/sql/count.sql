DECLARE
    sign integer := CASE TG_OP WHEN 'DELETE' THEN -1 ELSE 1 END;
BEGIN
    INSERT INTO public.${totals} AS t (subject, stream, day, kind, unit, records, quantity, shown_records, shown_quantity)
    SELECT c.*, CASE WHEN c.records >= ${fewest} THEN c.records ELSE 0 END,
           CASE WHEN c.records >= ${fewest} THEN c.quantity ELSE 0 END
    FROM (
        SELECT subject, '${stream}', (occurred_at AT TIME ZONE 'UTC')::date AS day, ${kind} AS kind, ${unit} AS unit,
               sign * count(*) AS records, sign * (${quantity})::numeric AS quantity
        FROM changed GROUP BY 1, 3, 4, 5
    ) c ORDER BY c.subject, c.day, c.kind, c.unit
    ON CONFLICT (subject, stream, day, kind, unit)
    DO UPDATE SET records = t.records + excluded.records, quantity = t.quantity + excluded.quantity,
        shown_records = ${shown_records},
        shown_quantity = ${shown_quantity};
    IF TG_OP = 'DELETE' THEN
        -- The subjects are looked up once: joined row by row, a million rows would take minutes.
        DELETE FROM public.${totals} t
        WHERE t.records <= 0 AND t.stream = '${stream}' AND t.subject IN (SELECT DISTINCT c.subject FROM changed c);
    END IF;
    RETURN NULL;
END
