"""Whether a person has a password, for sides that may not read its hash. SQL for the migration."""

FUNCTION = """
CREATE OR REPLACE FUNCTION identity_has_password(person uuid) RETURNS boolean LANGUAGE sql STABLE SECURITY DEFINER
SET search_path = pg_catalog, public, pg_temp AS $body$
    SELECT password NOT LIKE '!%' FROM public.identity_user WHERE id = person
$body$;
REVOKE ALL ON FUNCTION identity_has_password FROM PUBLIC;
"""
