BEGIN
    IF OLD.state <> 'asked' OR (to_jsonb(NEW) - 'state' - 'closed_at') <> (to_jsonb(OLD) - 'state' - 'closed_at') THEN
        RAISE EXCEPTION 'An ask is answered once, and never rewritten.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
