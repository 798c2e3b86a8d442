    UPDATE public.identity_user SET is_staff = false, is_superuser = false WHERE id = person
