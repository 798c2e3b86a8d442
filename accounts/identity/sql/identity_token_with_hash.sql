    SELECT * FROM public.identity_usertoken WHERE hash = of_hash
