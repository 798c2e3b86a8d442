    -- Of everybody together: seconds from the click to gone from here, and to confirmed by the vendor.
    SELECT count(*),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM wiped_at - asked_at)),
           max(extract(epoch FROM wiped_at - asked_at))::double precision,
           count(confirmed_at),
           percentile_cont(0.5) WITHIN GROUP (ORDER BY extract(epoch FROM confirmed_at - asked_at)),
           max(extract(epoch FROM confirmed_at - asked_at))::double precision
    FROM public.connections_revocation
    WHERE reason = 'user' AND asked_at >= since
