DECLARE
    found text[] := string_to_array(public.humanaccess_place(wanted, thing), ' ');
BEGIN
    RETURN (SELECT found[2]::uuid WHERE found[1] = of_subject
            AND NOT EXISTS (SELECT FROM public.workloads_terminatedapp t WHERE t.app = found[2]::uuid));
END
