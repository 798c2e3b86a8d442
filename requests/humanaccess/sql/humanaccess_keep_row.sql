BEGIN
    IF TG_OP = 'UPDATE' AND TG_TABLE_NAME = 'humanaccess_decision' THEN
        IF to_jsonb(NEW) ->> 'sealed' = '\x' AND (to_jsonb(NEW) - 'sealed') = (to_jsonb(OLD) - 'sealed') THEN
            IF public.audit_is_erased(OLD.subject) THEN
                RETURN NEW;
            END IF;
        END IF;
    END IF;
    RAISE EXCEPTION 'A decision and a review are only ever added.' USING ERRCODE = 'insufficient_privilege';
END
