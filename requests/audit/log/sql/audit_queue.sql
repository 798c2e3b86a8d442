BEGIN
    INSERT INTO public.audit_pending (entry, leaf_hash) VALUES (NEW.id, sha256('\x00'::bytea || NEW.leaf));
    RETURN NULL;
END
