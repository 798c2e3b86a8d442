BEGIN
    RAISE EXCEPTION 'A decision and a review are only ever added.' USING ERRCODE = 'insufficient_privilege';
END
