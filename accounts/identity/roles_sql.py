"""When a role counts, and who may decide for whom: kept by the database. SQL for the migration."""

from .roles import WEIGHTY

#: hours that a weighty role waits where no second administrator confirms it
WAIT_HOURS = 72
#: days in which two people whom no second administrator confirmed may not decide for each other
APART_DAYS = 30

_SAFE = "SECURITY DEFINER SET search_path = pg_catalog, public, pg_temp"
_WEIGHTY = ", ".join(f"'{role.value}'" for role in sorted(WEIGHTY))

# A second administrator: active, in force, not the giver, not the person. The owner restores a backup as it was, and a
# changed address (below) puts a right off: these two may say when.
KEEP_ROLE = f"""
CREATE OR REPLACE FUNCTION identity_keep_role() RETURNS trigger LANGUAGE plpgsql {_SAFE} AS $body$
DECLARE
    is_weighty boolean := NEW.role IN ({_WEIGHTY});
    is_confirmed boolean := NEW.confirmed_by <> '' AND NEW.confirmed_by <> NEW.given_by AND EXISTS (
        SELECT FROM public.identity_roleassignment r JOIN public.identity_user u ON u.id = r.user_id
        WHERE u.reference = NEW.confirmed_by AND u.id <> NEW.user_id AND u.is_staff AND u.is_active
          AND r.role = 'administrator' AND r.ended_at IS NULL AND r.effective_at <= clock_timestamp());
BEGIN
    IF session_user NOT IN ('office_staff', 'office_worker') THEN
        RETURN NEW;
    END IF;
    IF NEW.confirmed_by <> '' AND NOT is_confirmed AND (TG_OP = 'INSERT' OR NEW.confirmed_by <> OLD.confirmed_by) THEN
        RAISE EXCEPTION 'A role is confirmed by a second administrator.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    IF TG_OP = 'INSERT' THEN
        NEW.effective_at := CASE
            WHEN is_weighty AND NOT is_confirmed AND NOT (
                -- founders, as long as nobody but the house has given a role
                NEW.given_by = '' AND NEW.role = 'administrator'
                AND NOT EXISTS (SELECT FROM public.identity_roleassignment r WHERE r.given_by <> '')
            ) THEN clock_timestamp() + interval '{WAIT_HOURS} hours'
            WHEN is_weighty OR NEW.confirmed_at IS NOT NULL THEN clock_timestamp()
        END;
        RETURN NEW;
    END IF;
    IF OLD.ended_at IS NOT NULL OR (NEW.id, NEW.user_id, NEW.role, NEW.given_by, NEW.given_at)
       IS DISTINCT FROM (OLD.id, OLD.user_id, OLD.role, OLD.given_by, OLD.given_at) THEN
        RAISE EXCEPTION 'A role is confirmed and ended, never rewritten.' USING ERRCODE = 'insufficient_privilege';
    END IF;
    NEW.effective_at := OLD.effective_at;
    IF NEW.confirmed_by <> OLD.confirmed_by OR (OLD.confirmed_at IS NULL AND NEW.confirmed_at IS NOT NULL) THEN
        IF NOT is_confirmed THEN
            RAISE EXCEPTION 'A role is confirmed by a second administrator.' USING ERRCODE = 'insufficient_privilege';
        END IF;
        NEW.effective_at := least(OLD.effective_at, clock_timestamp());
    END IF;
    RETURN NEW;
END
$body$;
REVOKE ALL ON FUNCTION identity_keep_role FROM PUBLIC;
CREATE OR REPLACE TRIGGER identity_keep BEFORE INSERT OR UPDATE ON identity_roleassignment
    FOR EACH ROW EXECUTE FUNCTION identity_keep_role();
ALTER TABLE identity_roleassignment ENABLE ALWAYS TRIGGER identity_keep;
"""

# Who has just left a mailbox in common with somebody waits before they decide for them.
KEEP_ADDRESS = f"""
CREATE OR REPLACE FUNCTION identity_address_changed() RETURNS trigger LANGUAGE plpgsql {_SAFE} AS $body$
BEGIN
    IF lower(NEW.email) <> lower(OLD.email) THEN
        UPDATE public.identity_roleassignment
        SET effective_at = greatest(effective_at, clock_timestamp() + interval '{WAIT_HOURS} hours'),
            confirmed_at = NULL, confirmed_by = ''
        WHERE user_id = NEW.id AND ended_at IS NULL AND role IN ('approver_security', 'approver_legal');
    END IF;
    RETURN NULL;
END
$body$;
REVOKE ALL ON FUNCTION identity_address_changed FROM PUBLIC;
CREATE OR REPLACE TRIGGER identity_address AFTER UPDATE OF email ON identity_user
    FOR EACH ROW EXECUTE FUNCTION identity_address_changed();
ALTER TABLE identity_user ENABLE ALWAYS TRIGGER identity_address;
"""

MAY_DECIDE_FOR = f"""
CREATE OR REPLACE FUNCTION identity_may_decide_for(asker text, decider text) RETURNS boolean
LANGUAGE sql STABLE {_SAFE} AS $body$
    SELECT count(*) = 2
       AND (bool_or(confirmed) OR max(since) <= clock_timestamp() - interval '{APART_DAYS} days')
    FROM (
        SELECT bool_or(r.confirmed_by <> '') AS confirmed, max(r.effective_at) AS since
        FROM public.identity_user u JOIN public.identity_roleassignment r ON r.user_id = u.id
        WHERE u.reference IN (asker, decider) AND u.is_staff AND u.is_active
          AND r.ended_at IS NULL AND r.effective_at <= clock_timestamp()
        GROUP BY u.reference
    ) held
$body$;
REVOKE ALL ON FUNCTION identity_may_decide_for FROM PUBLIC;
"""

# The worker, which carries out what is due, may take somebody off the staff and put nobody on it.
OFF_STAFF = f"""
CREATE OR REPLACE FUNCTION identity_off_staff(person uuid) RETURNS void LANGUAGE sql {_SAFE} AS $body$
    UPDATE public.identity_user SET is_staff = false, is_superuser = false WHERE id = person
$body$;
REVOKE ALL ON FUNCTION identity_off_staff FROM PUBLIC;
"""
