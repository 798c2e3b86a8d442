BEGIN
    IF TG_OP = 'UPDATE' THEN
        IF (NEW.id, NEW.number, NEW.subject, NEW.kind, NEW.apps, NEW.case_ref, NEW.created_at)
            IS DISTINCT FROM (OLD.id, OLD.number, OLD.subject, OLD.kind, OLD.apps, OLD.case_ref, OLD.created_at)
           OR NEW.app IS DISTINCT FROM OLD.app OR NEW.categories IS DISTINCT FROM OLD.categories
           OR (OLD.answered_at IS NOT NULL AND (NEW.answered_at, NEW.answered_by, NEW.receipt, NEW.outcome)
            IS DISTINCT FROM (OLD.answered_at, OLD.answered_by, OLD.receipt, OLD.outcome)) THEN
            RAISE EXCEPTION 'An order and its answer stay as they are.' USING ERRCODE = 'insufficient_privilege';
        END IF;
        IF OLD.answered_at IS NULL AND NEW.answered_at IS NOT NULL AND (
            CASE NEW.kind
                WHEN 'correct' THEN NEW.outcome NOT IN ('corrected', 'not_held')
                WHEN 'drop_cache' THEN NEW.outcome NOT IN ('dropped', 'nothing_held')
                ELSE NEW.outcome <> ''
            END
            OR NEW.kind IN ('correct', 'drop_cache') AND NEW.receipt IS DISTINCT FROM '[]'
            OR NOT NEW.apps <@ ARRAY(SELECT (r ->> 'app')::uuid FROM jsonb_array_elements(NEW.receipt) r)) THEN
            RAISE EXCEPTION 'A receipt says what became of each app, or of an order about none.'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END IF;
    IF NEW.kind = 'erase' AND NOT public.audit_may_erase(NEW.subject) THEN
        RAISE EXCEPTION 'Nothing is ordered to be erased before an entry says that it may be.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- Until the commit nobody else takes a number: who fetches by number never passes one that commits later.
    PERFORM pg_advisory_xact_lock(hashtext('workloads_platformorder.number'));
    NEW.number := (SELECT coalesce(max(o.number), 0) + 1 FROM public.workloads_platformorder o);
    NEW.apps := ARRAY(
        SELECT a.id FROM public.workloads_app a
        WHERE NEW.kind NOT IN ('correct', 'drop_cache') AND a.subject = NEW.subject AND (NEW.app IS NULL OR a.id = NEW.app) ORDER BY a.id);
    NEW.fetched_at := NULL;
    NEW.answered_at := NULL;
    NEW.answered_by := NULL;
    NEW.receipt := NULL;
    NEW.outcome := '';
    NEW.settled_at := NULL;
    RETURN NEW;
END
