BEGIN
    IF TG_OP <> 'INSERT' AND OLD.released_at IS NOT NULL THEN
        IF TG_OP = 'DELETE' OR to_jsonb(NEW) - '{position,finished_at}'::text[]
                               IS DISTINCT FROM to_jsonb(OLD) - '{position,finished_at}'::text[] THEN
            RAISE EXCEPTION 'A released announcement stays as it is.' USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END IF;
    IF TG_OP = 'DELETE' THEN
        RETURN OLD;
    END IF;
    -- That of a processor holds no text: it says what the register says from a day on, and is released at once, in time.
    IF NEW.kind = 'processors' THEN
        IF NEW.released_by = '' OR NOT EXISTS (
            SELECT FROM public.terms_processor p
            WHERE p.slug = NEW.processor_id AND p.ended_at IS NULL AND NEW.effective_on IN (p.since_on, p.pending_on)
              AND NEW.effective_on >= (NEW.released_at AT TIME ZONE 'UTC')::date + 14) THEN
            RAISE EXCEPTION 'The register says nothing of the kind, or too late.'
                USING ERRCODE = 'insufficient_privilege';
        END IF;
        RETURN NEW;
    END IF;
    -- That of a version is released by whoever publishes it; of the first one, by nobody.
    IF NEW.released_at IS NOT NULL
       AND (NEW.released_by = ANY (NEW.writers) OR (NEW.released_by = '' AND NEW.version_id IS NULL)) THEN
        RAISE EXCEPTION 'Nobody releases an announcement that they wrote.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
