    SELECT password NOT LIKE '!%' FROM public.identity_user WHERE id = person
