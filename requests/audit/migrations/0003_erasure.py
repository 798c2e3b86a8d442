"""Tickets have an age by the database's clock; disclosures go only after a line that says whose, and why."""

from django.db import migrations

from audit.log import schema_sql
from core.db_objects import create

WRITTEN_AT = """
ALTER TABLE audit_entry ADD COLUMN IF NOT EXISTS written_at timestamptz;
ALTER TABLE audit_entry ALTER COLUMN written_at SET DEFAULT clock_timestamp();
"""


class Migration(migrations.Migration):
    dependencies = [("audit", "0002_export")]
    operations = [
        # Entries from before have no such time: they are tickets no more.
        migrations.RunSQL(WRITTEN_AT),
        migrations.RunSQL(
            create(schema_sql.FUNCTIONS, "audit_ticket", "audit_ticket_age", "audit_keep_disclosures")
        ),
        migrations.RunSQL(create(t for t in schema_sql.TRIGGERS if t.table == "audit_disclosure")),
    ]
