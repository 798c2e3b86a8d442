DECLARE
    a public.humanaccess_ask;
    opened uuid := gen_random_uuid();
    approvals integer;
    needed integer;
    readers text[];
    reviewers text[];
BEGIN
    SELECT * INTO a FROM public.humanaccess_ask WHERE id = wanted FOR UPDATE;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'There is no such ask.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF at > clock_timestamp() + interval '1 minute' OR greatest(at, clock_timestamp()) >= a.expires_at THEN
        RAISE EXCEPTION 'A grant starts now, within the life of its ask.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF a.ground = 'agreement' THEN
        readers := ARRAY[${agreement_readers}];
        reviewers := ARRAY[${agreement_reviewers}];
        IF a.state <> 'agreed' OR a."window" > interval '${agreement_seconds} seconds'
           OR NOT EXISTS (
               SELECT FROM public.humanaccess_decision d WHERE d.ask_id = a.id AND d.verdict = 'agreed'
               AND d.decided_by = a.subject AND d.decided_by <> a.asker)
           OR NOT EXISTS (
               SELECT FROM public.humanaccess_ask_item i WHERE i.ask_id = a.id AND i.answer = 'agreed') THEN
            RAISE EXCEPTION 'The user has not agreed to this.' USING ERRCODE = 'insufficient_privilege';
        END IF;
    ELSIF a.ground = 'security' THEN
        readers := ARRAY[${security_readers}];
        reviewers := ARRAY[${security_reviewers}];
        SELECT c.approvals, c.needed INTO approvals, needed FROM public.humanaccess_count_approvals(a.id) c;
        IF a.state <> 'approved' OR a."window" > interval '${security_seconds} seconds'
           OR approvals < needed
           OR EXISTS (SELECT FROM public.humanaccess_decision d WHERE d.ask_id = a.id AND d.verdict = 'declined') THEN
            RAISE EXCEPTION 'A second person has not approved this.' USING ERRCODE = 'insufficient_privilege';
        END IF;
    ELSE
        RAISE EXCEPTION 'No grant is given on this ground.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF a.asker NOT IN (SELECT public.humanaccess_holders(readers)) THEN
        RAISE EXCEPTION 'The reader holds no role for this ground.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF NOT EXISTS (
        SELECT FROM public.humanaccess_holders(reviewers) h
        WHERE h NOT IN (a.asker, a.subject)
          AND h NOT IN (SELECT d.decided_by FROM public.humanaccess_decision d WHERE d.ask_id = a.id)) THEN
        RAISE EXCEPTION 'Nobody is left to review this.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    -- Whoever decides may shorten what was asked for, and nobody lengthens it: least() passes over what is NULL.
    INSERT INTO public.humanaccess_grant (id, ask_id, subject, reader, starts_at, ends_at, ended_reason)
    VALUES (opened, a.id, a.subject, a.asker, at, at + least(a."window", (
        SELECT min(d."window") FROM public.humanaccess_decision d
        WHERE d.ask_id = a.id AND d.verdict IN ('agreed', 'approved'))), '');
    RETURN opened;
END
