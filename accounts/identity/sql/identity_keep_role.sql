DECLARE
    is_weighty boolean := NEW.role IN (${weighty});
    is_confirmed boolean := NEW.confirmed_by <> '' AND NEW.confirmed_by <> NEW.given_by AND EXISTS (
        SELECT FROM public.identity_roleassignment r JOIN public.identity_user u ON u.id = r.user_id
        WHERE u.reference = NEW.confirmed_by AND u.id <> NEW.user_id AND u.is_staff AND u.is_active
          AND r.role = 'administrator' AND r.ended_at IS NULL AND r.effective_at <= clock_timestamp());
BEGIN
    IF session_user NOT IN ('office_staff', 'office_worker') THEN
        RETURN NEW;
    END IF;
    IF NEW.confirmed_by <> '' AND NOT is_confirmed AND (TG_OP = 'INSERT' OR NEW.confirmed_by <> OLD.confirmed_by) THEN
        RAISE EXCEPTION 'A role is confirmed by a second administrator.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.effective_at := CASE
            WHEN is_weighty AND NOT is_confirmed AND NOT (
                -- founders, as long as nobody but the house has given a role
                NEW.given_by = '' AND NEW.role = 'administrator'
                AND NOT EXISTS (SELECT FROM public.identity_roleassignment r WHERE r.given_by <> '')
            ) THEN clock_timestamp() + interval '${wait_hours} hours'
            WHEN is_weighty OR NEW.confirmed_at IS NOT NULL THEN clock_timestamp()
        END;
        RETURN NEW;
    END IF;
    IF OLD.ended_at IS NOT NULL OR (NEW.id, NEW.user_id, NEW.role, NEW.given_by, NEW.given_at)
       IS DISTINCT FROM (OLD.id, OLD.user_id, OLD.role, OLD.given_by, OLD.given_at) THEN
        RAISE EXCEPTION 'A role is confirmed and ended, never rewritten.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.effective_at := OLD.effective_at;
    IF NEW.confirmed_by <> OLD.confirmed_by OR (OLD.confirmed_at IS NULL AND NEW.confirmed_at IS NOT NULL) THEN
        IF NOT is_confirmed THEN
            RAISE EXCEPTION 'A role is confirmed by a second administrator.' USING ERRCODE = 'insufficient_privilege';
        END IF;
        NEW.effective_at := least(OLD.effective_at, clock_timestamp());
    END IF;
    RETURN NEW;
END
