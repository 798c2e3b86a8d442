BEGIN
    -- open grants of a person whose access to Google data has ended, under which nothing can be read but what
    -- automations hold; a person's own pages end those of that person
    RETURN QUERY UPDATE public.humanaccess_grant g SET ended_at = at, ended_reason = 'event'
    FROM public.humanaccess_ask a
    WHERE a.id = g.ask_id AND a.ground <> 'legal' AND g.subject = of_subject AND g.ended_at IS NULL AND g.ends_at > at
      AND (session_user <> 'office_self' OR of_subject = nullif(current_setting('office.subject', true), ''))
      AND EXISTS (
          SELECT FROM public.connections_revocation r WHERE r.subject = of_subject AND r.provider = 'google'
            AND r.reason <> 'other_account')
      AND NOT EXISTS (
          SELECT FROM public.humanaccess_ask_item i
          WHERE i.ask_id = a.id AND (a.ground <> 'agreement' OR i.answer = 'agreed')
            AND NOT starts_with(i.kind, 'connections.'))
    RETURNING g.id;
END
