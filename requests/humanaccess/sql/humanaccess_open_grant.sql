DECLARE
    a public.humanaccess_ask;
    opened uuid := gen_random_uuid();
    approvals integer;
    needed integer;
    readers text[];
    reviewers text[];
    longest interval;
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
    ELSIF a.ground IN ('security', 'legal') THEN
        IF a.ground = 'legal' THEN
            readers := ARRAY[${legal_readers}];
            reviewers := ARRAY[${legal_reviewers}];
            longest := interval '${legal_seconds} seconds';
            -- Whoever closes the process holds its row: this waits for them, and they end what was opened before.
            PERFORM FROM public.humanaccess_legalprocess p
            WHERE p.id = a.process_id AND p.subject = a.subject AND p.state = '${agreed_state}' FOR SHARE;
            IF NOT FOUND THEN
                RAISE EXCEPTION 'No legal process of this person has an agreed scope.'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            IF EXISTS (
                SELECT FROM public.humanaccess_outside_scope(a.process_id, ARRAY(
                    SELECT i.kind::text FROM public.humanaccess_ask_item i WHERE i.ask_id = a.id ORDER BY i.id), ARRAY(
                    SELECT i.item FROM public.humanaccess_ask_item i WHERE i.ask_id = a.id ORDER BY i.id))) THEN
                RAISE EXCEPTION 'The scope of the legal process does not cover this.'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
        ELSE
            readers := ARRAY[${security_readers}];
            reviewers := ARRAY[${security_reviewers}];
            longest := interval '${security_seconds} seconds';
        END IF;
        IF a.ground = 'security' AND a.break_glass THEN
            -- One at a time: of two at once the second one sees what the first has opened.
            PERFORM pg_advisory_xact_lock(hashtext('humanaccess.break_glass'));
            IF a.state <> 'opened' OR a."window" > interval '${glass_seconds} seconds' OR a.abuse_reference = ''
               OR NOT EXISTS (SELECT FROM public.humanaccess_ask_item i WHERE i.ask_id = a.id) THEN
                RAISE EXCEPTION 'This was not opened without a decision.' USING ERRCODE = 'insufficient_privilege';
            END IF;
            IF EXISTS (
                SELECT FROM public.humanaccess_ask b JOIN public.humanaccess_grant g ON g.ask_id = b.id
                WHERE b.break_glass AND NOT EXISTS (
                    SELECT FROM public.humanaccess_review r WHERE r.grant_id = g.id AND r.reviewed_by <> g.reader)
                  AND (g.reader = a.asker OR (g.subject = a.subject
                       AND g.starts_at > clock_timestamp() - interval '${pause_seconds} seconds'))) THEN
                RAISE EXCEPTION 'What was opened without a decision before is reviewed first.'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
            IF EXISTS (
                SELECT FROM public.humanaccess_not_agreed(a.subject, ARRAY(
                    SELECT i.kind::text FROM public.humanaccess_ask_item i WHERE i.ask_id = a.id ORDER BY i.id), ARRAY(
                    SELECT i.item FROM public.humanaccess_ask_item i WHERE i.ask_id = a.id ORDER BY i.id))) THEN
                RAISE EXCEPTION 'What the user did not agree to takes two approvers.'
                    USING ERRCODE = 'insufficient_privilege';
            END IF;
        ELSE
            SELECT c.approvals, c.needed INTO approvals, needed FROM public.humanaccess_count_approvals(a.id) c;
            IF a.state <> 'approved' OR a."window" > longest
               OR approvals < needed
               OR EXISTS (SELECT FROM public.humanaccess_decision d WHERE d.ask_id = a.id AND d.verdict = 'declined') THEN
                RAISE EXCEPTION 'A second person has not approved this.' USING ERRCODE = 'insufficient_privilege';
            END IF;
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
