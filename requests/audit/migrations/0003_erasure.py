"""Tickets have an age by the database's clock; disclosures go only after a line that says whose, and why."""

from django.db import migrations

from audit import schema

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
            "\n".join(
                schema.create_function(name) for name in ("audit_ticket", "audit_ticket_age", "audit_keep_disclosures")
            )
        ),
        migrations.RunSQL(schema.create_triggers("audit_disclosure")),
    ]
