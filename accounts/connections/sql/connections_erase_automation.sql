DECLARE
    owner text := (SELECT e.subject FROM public.connections_endedautomation e
                   WHERE e.id = of_automation AND e.settled_at IS NULL);
    erased bigint;
BEGIN
    DELETE FROM public.connections_automation a WHERE a.id = of_automation AND a.subject = owner;
    GET DIAGNOSTICS erased = ROW_COUNT;
    RETURN erased > 0;
END
