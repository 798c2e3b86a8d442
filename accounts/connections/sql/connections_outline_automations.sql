    SELECT a.id, a.is_on, a.scopes::text[], a.occurred_at FROM public.connections_automation a
    WHERE a.subject = of_subject
      AND NOT EXISTS (SELECT FROM public.connections_endedautomation e WHERE e.id = a.id) AND ${listed}
    ORDER BY a.occurred_at, a.id LIMIT 500
