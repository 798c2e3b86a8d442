BEGIN
    -- A run that was drawn gets one finding, of an auditor who did not run it.
    IF TG_OP = 'UPDATE' THEN
        IF OLD.drawn AND OLD.kind = 'run' AND OLD.reviewed_at IS NULL AND NEW.reviewed_at IS NOT NULL
           AND NEW.finding <> '' AND (to_jsonb(NEW) - 'finding' - 'reviewed_by' - 'reviewed_at')
               = (to_jsonb(OLD) - 'finding' - 'reviewed_by' - 'reviewed_at')
           AND NEW.reviewed_by IN (SELECT public.humanaccess_holders(ARRAY['auditor']))
           AND NOT EXISTS (SELECT FROM public.audit_entry e
                           WHERE e.id = NEW.id AND e.actor = 'staff:' || NEW.reviewed_by) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'What was drawn stays, and an auditor reviews a run once.'
        USING ERRCODE = 'insufficient_privilege';
END
