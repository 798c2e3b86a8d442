BEGIN
    IF TG_OP = 'DELETE' OR OLD.ended_at IS NOT NULL
       OR (to_jsonb(NEW) - 'ended_at' - 'ended_reason') <> (to_jsonb(OLD) - 'ended_at' - 'ended_reason') THEN
        RAISE EXCEPTION 'A grant ends once, and never lives longer.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
