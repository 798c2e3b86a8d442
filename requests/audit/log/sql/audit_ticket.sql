    SELECT e.event, coalesce(e.subject, ''), e.actor FROM public.audit_entry e
    CROSS JOIN LATERAL (SELECT replace(convert_from(e.leaf, 'UTF8'), '\u0000', '\ufffd')::jsonb AS leaf) l
    WHERE e.id = ticket AND e.outcome = 'ok' AND e.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
      AND e.written_at BETWEEN clock_timestamp() - interval '${seconds} seconds' AND clock_timestamp()
      AND (e.event NOT IN (${machine_reads})
           OR l.leaf #>> '{payload,purpose}' IN (${purposes}))
      -- What is restricted is stored, and otherwise read for the person's rights or a law alone.
      AND (coalesce(l.leaf #>> '{payload,purpose}', '') IN (${despite_restriction}) OR e.event NOT IN (${machine_reads})
           OR NOT public.audit_is_restricted(e.subject, coalesce(l.leaf #>> '{payload,holding}', CASE e.event ${categories} END)))
