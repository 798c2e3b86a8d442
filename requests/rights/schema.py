"""Row-level security of the requests' tables: a user's own pages see their own rows. Plain SQL, no Django."""

from audit.schema import ends

_OWN = "(subject = nullif(current_setting('office.subject', true), ''))"
_HOUSE = "office_staff, office_worker, office_auditor"
TABLES = ("rights_rightsrequest", "rights_step", "rights_package", "rights_note")


def create_policies() -> str:
    """Return the statements that switch row-level security on and say who sees what."""
    return "\n".join(
        f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY;\n"
        f"CREATE POLICY {table}_own ON {table} FOR ALL TO office_self USING {_OWN} WITH CHECK {_OWN};\n"
        f"CREATE POLICY {table}_house ON {table} FOR ALL TO {_HOUSE} USING (true) WITH CHECK (true);"
        for table in TABLES
    )


def create_endings() -> str:
    """Return the statements by which a closed request and a removed package stay so."""
    return ends("rights_rightsrequest", "rights_package")
