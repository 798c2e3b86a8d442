DECLARE
    erased bigint := 0;
    more bigint;
BEGIN
    IF NOT public.audit_is_erased(of_subject) THEN
        RAISE EXCEPTION 'Texts go only with an entry that says that their subject is erased.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.humanaccess_ask SET sealed = '', reason_digest = ''
    WHERE subject = of_subject AND (sealed <> '' OR reason_digest <> '');
    GET DIAGNOSTICS erased = ROW_COUNT;
    UPDATE public.humanaccess_ask_item SET label = '' WHERE subject = of_subject AND label <> '';
    GET DIAGNOSTICS more = ROW_COUNT;
    erased := erased + more;
    UPDATE public.humanaccess_decision SET sealed = '' WHERE subject = of_subject AND sealed <> '';
    GET DIAGNOSTICS more = ROW_COUNT;
    erased := erased + more;
    DELETE FROM public.humanaccess_readcode WHERE subject = of_subject;
    GET DIAGNOSTICS more = ROW_COUNT;
    erased := erased + more;
    UPDATE public.humanaccess_followup SET sealed = '', sealed_outcome = CASE WHEN sealed_outcome IS NOT NULL THEN ''::bytea END
    WHERE subject = of_subject AND (sealed <> '' OR sealed_outcome <> '');
    GET DIAGNOSTICS more = ROW_COUNT;
    RETURN erased + more;
END
