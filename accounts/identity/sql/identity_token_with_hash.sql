    SELECT * FROM public.identity_usertoken WHERE hash = ANY (hashes)
