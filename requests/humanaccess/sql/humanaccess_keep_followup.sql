BEGIN
    IF TG_OP = 'UPDATE' THEN
        -- The texts of an erased person go, and nothing else of the row changes.
        IF NEW.sealed = '' AND coalesce(NEW.sealed_outcome, '') = ''
           AND (NEW.sealed_outcome IS NULL) = (OLD.sealed_outcome IS NULL)
           AND (to_jsonb(NEW) - 'sealed' - 'sealed_outcome') = (to_jsonb(OLD) - 'sealed' - 'sealed_outcome') THEN
            IF public.audit_is_erased(OLD.subject) THEN
                RETURN NEW;
            END IF;
        END IF;
        -- Settled once, by a privacy officer or another reviewer, and never by the reader or the subject.
        IF OLD.settled_at IS NULL AND NEW.settled_at IS NOT NULL
           AND (to_jsonb(NEW) - 'settled_at' - 'settled_by' - 'sealed_outcome')
               = (to_jsonb(OLD) - 'settled_at' - 'settled_by' - 'sealed_outcome')
           AND NEW.settled_by <> OLD.subject
           AND NOT EXISTS (SELECT FROM public.humanaccess_review r JOIN public.humanaccess_grant g ON g.id = r.grant_id
                           WHERE r.id = OLD.review_id AND g.reader = NEW.settled_by) THEN
            RETURN NEW;
        END IF;
    END IF;
    RAISE EXCEPTION 'A follow-up is settled once, by another than the reader.'
        USING ERRCODE = 'insufficient_privilege';
END
