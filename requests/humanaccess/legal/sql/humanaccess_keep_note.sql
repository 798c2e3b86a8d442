BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF NEW.sealed = '' AND (to_jsonb(NEW) - 'sealed') = (to_jsonb(OLD) - 'sealed')
           AND public.audit_is_erased(OLD.subject) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'A text of a legal process is only ever added.' USING ERRCODE = 'insufficient_privilege';
END
