BEGIN
    IF TG_TABLE_NAME = 'audit_head' THEN
        IF NEW.size < OLD.size THEN
            RAISE EXCEPTION 'The log only grows.' USING ERRCODE = 'insufficient_privilege';
        END IF;
    ELSIF NEW.level <> OLD.level OR NEW.number <> OLD.number OR NEW.width < OLD.width
          OR substr(NEW.hashes, 1, OLD.width * 32) <> OLD.hashes THEN
        RAISE EXCEPTION 'A tile only grows.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
