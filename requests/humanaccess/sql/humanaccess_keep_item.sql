BEGIN
    IF NEW.label = '' AND (to_jsonb(NEW) - 'label') = (to_jsonb(OLD) - 'label') THEN
        IF public.audit_is_erased(OLD.subject) THEN
            RETURN NEW;
        END IF;
    END IF;
    IF OLD.answer <> 'none' OR (to_jsonb(NEW) - 'answer') <> (to_jsonb(OLD) - 'answer') THEN
        RAISE EXCEPTION 'An item is answered once, and never rewritten.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
