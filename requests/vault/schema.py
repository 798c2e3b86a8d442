"""The guards of the vault's one table, as SQL: a tombstone stays a tombstone. Plain text, no Django."""

GUARD = """
CREATE FUNCTION vault_keep_tombstone() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP <> 'UPDATE' OR OLD.shredded_at IS NOT NULL THEN
        RAISE EXCEPTION 'A shredded key stays shredded, and no key row is removed.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$body$;
CREATE TRIGGER vault_keep BEFORE UPDATE OR DELETE ON vault_subject_key
    FOR EACH ROW EXECUTE FUNCTION vault_keep_tombstone();
ALTER TABLE vault_subject_key ENABLE ALWAYS TRIGGER vault_keep;
CREATE TRIGGER vault_keep_all BEFORE TRUNCATE ON vault_subject_key
    FOR EACH STATEMENT EXECUTE FUNCTION vault_keep_tombstone();
ALTER TABLE vault_subject_key ENABLE ALWAYS TRIGGER vault_keep_all;
"""
