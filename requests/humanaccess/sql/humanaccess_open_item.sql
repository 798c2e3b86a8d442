BEGIN
    RETURN (
        SELECT i.item
        FROM public.humanaccess_grant g
        JOIN public.audit_entry e ON e.id = nullif(current_setting('office.entry', true), '')::uuid
        CROSS JOIN LATERAL (SELECT convert_from(e.leaf, 'UTF8')::jsonb -> 'payload' AS payload) l
        JOIN public.humanaccess_ask a ON a.id = g.ask_id
        JOIN public.humanaccess_ask_item i ON i.ask_id = g.ask_id AND i.kind = wanted
             AND i.item = (l.payload ->> 'item')::uuid
        WHERE g.id = nullif(current_setting('office.grant', true), '')::uuid
          AND g.subject = current_setting('office.subject', true)
          AND g.ended_at IS NULL
          AND clock_timestamp() < g.ends_at
          AND clock_timestamp() > g.starts_at - interval '${seconds} seconds'
          AND e.event = 'humanaccess.item.read'
          AND e.outcome = 'ok'
          AND e.subject = g.subject
          AND e.actor = 'staff:' || g.reader
          AND e.xid IS DISTINCT FROM pg_current_xact_id_if_assigned()
          AND e.written_at BETWEEN clock_timestamp() - interval '${seconds} seconds' AND clock_timestamp()
          AND l.payload ->> 'grant' = g.id::text
          AND l.payload ->> 'kind' = wanted
          -- nothing of an app that has ended, though its erasure may take a moment
          AND NOT EXISTS (
              SELECT FROM public.workloads_terminatedapp t WHERE t.subject = g.subject AND a.ground <> 'legal'
                AND t.app::text = split_part(public.humanaccess_place(wanted, i.item), ' ', 2))
          -- nothing that automations hold, where access to Google data ended since the grant could be read under
          AND NOT EXISTS (
              SELECT FROM public.connections_revocation r
              WHERE r.subject = g.subject AND r.provider = 'google' AND a.ground <> 'legal'
                AND starts_with(wanted, 'connections.') AND r.reason <> 'other_account'
                AND r.wiped_at > g.starts_at - interval '${seconds} seconds')
          AND ((a.ground = 'agreement' AND a.state = 'agreed' AND i.answer = 'agreed'
                AND g.reader IN (SELECT public.humanaccess_holders(ARRAY[${agreement_readers}])))
               OR (a.ground = 'security'
                AND NOT public.audit_is_restricted(g.subject, '${categories}'::jsonb ->> wanted) AND (a.state = 'approved' AND NOT a.break_glass
                    OR a.state = 'opened' AND a.break_glass AND g.ends_at <= g.starts_at + interval '${glass_seconds} seconds')
                AND g.reader IN (SELECT public.humanaccess_holders(ARRAY[${security_readers}])))
               OR (a.ground = 'legal' AND a.state = 'approved'
                AND EXISTS (SELECT FROM public.humanaccess_legalprocess p
                            WHERE p.id = a.process_id AND p.subject = g.subject AND p.state IN (${readable}))
                AND g.reader IN (SELECT public.humanaccess_holders(ARRAY[${legal_readers}]))))
    );
END
