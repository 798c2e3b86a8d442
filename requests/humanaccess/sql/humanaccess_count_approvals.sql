DECLARE
    a public.humanaccess_ask;
    must_see boolean;
BEGIN
    SELECT * INTO a FROM public.humanaccess_ask WHERE id = wanted;
    -- Whoever takes a right away holds its row: this waits for them, and they end what was opened before.
    PERFORM FROM public.humanaccess_decision d
    JOIN public.identity_user u ON u.reference = d.decided_by
    JOIN public.identity_roleassignment r ON r.user_id = u.id
    WHERE d.ask_id = a.id AND d.verdict = 'approved' FOR SHARE OF u, r;
    must_see := EXISTS (
        SELECT FROM public.humanaccess_not_agreed(a.subject, ARRAY(
            SELECT i.kind::text FROM public.humanaccess_ask_item i WHERE i.ask_id = a.id ORDER BY i.id), ARRAY(
            SELECT i.item FROM public.humanaccess_ask_item i WHERE i.ask_id = a.id ORDER BY i.id)));
    needed := CASE WHEN must_see AND a.ground <> 'legal' THEN 2 ELSE 1 END;
    SELECT count(DISTINCT d.decided_by) INTO approvals
    FROM public.humanaccess_decision d
    WHERE d.ask_id = a.id AND d.verdict = 'approved' AND d.decided_by NOT IN (a.asker, a.subject)
      AND (d.saw_refusal OR NOT must_see)
      AND d.decided_by IN (SELECT public.humanaccess_holders(CASE a.ground
          WHEN 'security' THEN ARRAY[${security_approvers}] WHEN 'legal' THEN ARRAY[${legal_approvers}] END))
      AND public.identity_may_decide_for(a.asker, d.decided_by);
    RETURN NEXT;
END
