    SELECT (SELECT count(*) FROM public.connections_automation WHERE octet_length(sealed) > most_settings)
         + (SELECT count(*) FROM public.connections_run
            WHERE occurred_at >= since AND octet_length(sealed) > most_details)
         + (SELECT count(*) FROM public.connections_transfer
            WHERE occurred_at >= since AND octet_length(sealed) > most_details)
