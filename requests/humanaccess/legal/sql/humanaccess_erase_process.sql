DECLARE
    erased bigint;
    more bigint;
BEGIN
    IF NOT public.audit_is_erased(of_subject) THEN
        RAISE EXCEPTION 'Texts go only with an entry that says that their subject is erased.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    UPDATE public.humanaccess_processnote SET sealed = '' WHERE subject = of_subject AND sealed <> '';
    GET DIAGNOSTICS erased = ROW_COUNT;
    UPDATE public.humanaccess_legalprocess SET document = '', document_key = ''
    WHERE subject = of_subject AND document <> '';
    GET DIAGNOSTICS more = ROW_COUNT;
    RETURN erased + more;
END
