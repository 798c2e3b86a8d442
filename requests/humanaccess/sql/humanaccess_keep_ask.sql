BEGIN
    -- The texts of an erased person go, and nothing else of the row changes. Two conditions, one inside the other:
    -- only the function that erases may call the second.
    IF NEW.sealed = '' AND NEW.reason_digest = ''
       AND (to_jsonb(NEW) - 'sealed' - 'reason_digest') = (to_jsonb(OLD) - 'sealed' - 'reason_digest') THEN
        IF public.audit_is_erased(OLD.subject) THEN
            RETURN NEW;
        END IF;
    END IF;
    IF OLD.state <> 'asked' OR (to_jsonb(NEW) - 'state' - 'closed_at') <> (to_jsonb(OLD) - 'state' - 'closed_at') THEN
        RAISE EXCEPTION 'An ask is answered once, and never rewritten.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
