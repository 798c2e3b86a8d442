BEGIN
    IF TG_OP <> 'UPDATE' OR OLD.shredded_at IS NOT NULL THEN
        RAISE EXCEPTION 'A shredded key stays shredded, and no key row is removed.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
