BEGIN
    IF TG_OP <> 'INSERT' AND OLD.published_at IS NOT NULL THEN
        RAISE EXCEPTION 'A published version of the policy stays as it is.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    -- Without anybody who publishes it, it is the first one.
    IF NEW.published_at IS NOT NULL AND (NEW.published_by = ANY (NEW.writers) OR (NEW.published_by = '' AND EXISTS (
        SELECT FROM public.terms_policyversion v WHERE v.published_at IS NOT NULL))) THEN
        RAISE EXCEPTION 'Nobody publishes a version of the policy that they wrote.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
