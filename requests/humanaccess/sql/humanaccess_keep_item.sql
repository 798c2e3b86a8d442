BEGIN
    IF NEW.label = '' AND (to_jsonb(NEW) - 'label') = (to_jsonb(OLD) - 'label') THEN
        IF public.audit_is_erased(OLD.subject) THEN
            RETURN NEW;
        END IF;
    END IF;
    IF OLD.answer <> 'none' OR (to_jsonb(NEW) - 'answer') <> (to_jsonb(OLD) - 'answer') THEN
        RAISE EXCEPTION 'An item is answered once, and never rewritten.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- Silence stays silence: what nobody answered in time takes two approvers.
    IF NOT EXISTS (SELECT FROM public.humanaccess_ask a WHERE a.id = OLD.ask_id AND a.ground = 'agreement'
                   AND a.state = 'asked' AND a.expires_at > clock_timestamp()) THEN
        RAISE EXCEPTION 'An item is answered while its ask waits for the user.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
