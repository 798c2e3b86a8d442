    WITH person AS (
        SELECT r.kind, r.unit, r.subject, sum(r.amount) AS amount
        FROM unnest(kinds, units, subjects, amounts) AS r (kind, unit, subject, amount)
        GROUP BY r.kind, r.unit, r.subject HAVING sum(r.amount) > 0
    ), cell AS (
        SELECT p.kind, p.unit, count(*) AS persons, sum(p.amount) AS amount, max(p.amount) AS largest,
               count(*) < ${fewest} OR 2 * max(p.amount) > sum(p.amount) AS is_unsafe
        FROM person p GROUP BY p.kind, p.unit
    ), placed AS (
        SELECT c.*, count(*) FILTER (WHERE c.is_unsafe) OVER (PARTITION BY c.unit) AS unsafe,
               row_number() OVER (PARTITION BY c.unit ORDER BY NOT c.is_unsafe, c.persons, c.kind) AS place
        FROM cell c
    ), judged AS (
        -- What is withheld together must be as large as a cell that is published: its sum can be had by subtraction
        -- from a whole that is known from elsewhere. So the next smaller cells are withheld with the unsafe ones.
        SELECT a.*, a.unsafe = 0 OR a.place < a.unsafe OR NOT (
            SELECT count(*) >= ${fewest} AND 2 * max(m.amount) <= sum(m.amount)
            FROM (SELECT sum(p.amount) AS amount FROM person p JOIN placed b ON (b.kind, b.unit) = (p.kind, p.unit)
                  WHERE b.unit = a.unit AND b.place <= a.place GROUP BY p.subject) m) AS is_short
        FROM placed a
    ), told AS (
        SELECT j.*, j.unsafe = 0 OR j.place > coalesce(
            min(j.place) FILTER (WHERE NOT j.is_short) OVER (PARTITION BY j.unit), j.place) AS is_told,
            greatest(${step}, power(10::numeric, floor(log(greatest(j.amount, 1))) - 1)) AS base
        FROM judged j
    )
    SELECT t.kind, t.unit, CASE WHEN t.is_told THEN greatest(${fewest}, t.persons / ${step} * ${step}) END,
           CASE WHEN t.is_told THEN trim_scale(round(t.amount / t.base) * t.base) END,
           CASE WHEN t.is_told THEN ceil(10 * t.largest / t.amount) * 10 END
    FROM told t
