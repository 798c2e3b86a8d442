DECLARE
    part text := 'audit_entry_' || to_char(month, 'YYYYMM');
BEGIN
    IF to_regclass('public.' || part) IS NOT NULL THEN
        RETURN;
    END IF;
    EXECUTE format('CREATE TABLE public.%I PARTITION OF public.audit_entry FOR VALUES FROM (%L) TO (%L)',
                   part, low, high);
    PERFORM public.audit_guard_partition(part);
END
