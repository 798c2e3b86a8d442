    SELECT EXISTS (
        SELECT FROM public.audit_entry e
        CROSS JOIN LATERAL (SELECT replace(convert_from(e.leaf, 'UTF8'), '\u0000', '\ufffd')::jsonb AS leaf) l
        WHERE e.id = ticket AND l.leaf #>> '{payload,purpose}' IN (${despite_restriction}))
