BEGIN
    IF lower(NEW.email) <> lower(OLD.email) THEN
        UPDATE public.identity_roleassignment
        SET effective_at = greatest(effective_at, clock_timestamp() + interval '${wait_hours} hours'),
            confirmed_at = NULL, confirmed_by = ''
        WHERE user_id = NEW.id AND ended_at IS NULL AND role IN ('approver_security', 'approver_legal');
    END IF;
    RETURN NULL;
END
