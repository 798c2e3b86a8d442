    SELECT a.is_on, a.scopes::text[], g.scopes::text[], coalesce(a.id = ANY (g.withheld), false),
           public.audit_is_restricted(a.subject, 'connections.grants')
        OR public.audit_is_restricted(a.subject, 'automations')
    FROM public.connections_automation a
    JOIN public.identity_user u ON u.reference = a.subject AND u.is_active
    LEFT JOIN public.connections_googlegrant g ON g.subject = a.subject
    WHERE a.id = of_automation AND a.subject = of_subject
      AND NOT EXISTS (SELECT FROM public.connections_endedautomation e WHERE e.id = a.id)
