BEGIN
    IF OLD.answer <> 'none' OR (to_jsonb(NEW) - 'answer') <> (to_jsonb(OLD) - 'answer') THEN
        RAISE EXCEPTION 'An item is answered once, and never rewritten.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
