"""The database stamps each entry itself, with its transaction and its own clock, whatever the insert says.

What has ended (an export, a schedule, a token) stays ended.
"""

from django.db import migrations

from audit.log import schema_sql
from core.db_objects import create

_FUNCTIONS = ("audit_stamp", "audit_ticket", "audit_ticket_age", "audit_keep_disclosures", "audit_keep_ended")


class Migration(migrations.Migration):
    dependencies = [("audit", "0009_schedules")]
    operations = [
        migrations.RunSQL(create(schema_sql.FUNCTIONS, *_FUNCTIONS)),
        migrations.RunSQL(create(t for t in schema_sql.TRIGGERS if t.table == "audit_entry")),
        migrations.RunSQL(create(schema_sql.ENDINGS)),
    ]
