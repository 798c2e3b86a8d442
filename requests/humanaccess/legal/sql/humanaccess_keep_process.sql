BEGIN
    IF TG_OP = 'DELETE' THEN
        RAISE EXCEPTION 'A legal process is never deleted.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NEW.delayed_until > clock_timestamp() + interval '${days} days' THEN
        RAISE EXCEPTION 'A notice is delayed by a year at most.' USING ERRCODE = 'check_violation';
    END IF;
    IF TG_OP = 'INSERT' THEN
        RETURN NEW;
    END IF;
    IF (OLD.document, OLD.document_key) IS DISTINCT FROM (NEW.document, NEW.document_key) THEN
        IF NEW.document <> '' OR NEW.document_key <> '' OR NOT public.audit_is_erased(OLD.subject) THEN
            RAISE EXCEPTION 'A document goes with its person, and never changes.' USING ERRCODE = 'insufficient_privilege';
        END IF;
    END IF;
    IF (OLD.reference, OLD.subject, OLD.kind, OLD.document_sha256, OLD.filed_by)
       IS DISTINCT FROM (NEW.reference, NEW.subject, NEW.kind, NEW.document_sha256, NEW.filed_by) THEN
        RAISE EXCEPTION 'What was received is never rewritten.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF OLD.state IN ('closed', 'rejected') AND NEW.state <> OLD.state THEN
        RAISE EXCEPTION 'A legal process that is closed stays closed.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF (OLD.notified_at IS NOT NULL AND NEW.notified_at IS DISTINCT FROM OLD.notified_at)
       OR ((OLD.notified_at IS NOT NULL OR OLD.delayed_until <= clock_timestamp())
           AND (NEW.delayed_until, NEW.delay_ground) IS DISTINCT FROM (OLD.delayed_until, OLD.delay_ground)) THEN
        RAISE EXCEPTION 'What its person may know is never withheld again.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
