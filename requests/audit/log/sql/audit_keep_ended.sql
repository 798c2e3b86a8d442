DECLARE
    was jsonb := to_jsonb(OLD);
    becomes jsonb := to_jsonb(NEW);
    word text;
BEGIN
    FOREACH word IN ARRAY ARRAY[
        'ended_at', 'closed_at', 'cancelled_at', 'accepted_at', 'revoked_at', 'removed_at', 'settled_at'] LOOP
        IF was ->> word IS NOT NULL AND becomes -> word IS DISTINCT FROM was -> word THEN
            RAISE EXCEPTION 'What has ended stays ended: % of %.', word, TG_TABLE_NAME
                USING ERRCODE = 'insufficient_privilege';
        END IF;
    END LOOP;
    IF was ->> 'state' IN ('fulfilled', 'refused', 'withdrawn', 'cancelled', 'expired')
       AND becomes -> 'state' IS DISTINCT FROM was -> 'state' THEN
        RAISE EXCEPTION 'What has ended stays ended: state of %.', TG_TABLE_NAME
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
