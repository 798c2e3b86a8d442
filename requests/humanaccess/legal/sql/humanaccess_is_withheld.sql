    SELECT EXISTS (
        SELECT FROM public.humanaccess_legalprocess p
        WHERE p.notified_at IS NULL AND p.delayed_until > clock_timestamp()
          AND (p.reference = wanted OR EXISTS (
              SELECT FROM public.humanaccess_ask a WHERE a.process_id = p.id AND a.reference = wanted)))
