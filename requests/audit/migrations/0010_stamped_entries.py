"""The database stamps each entry itself, with its transaction and its own clock, whatever the insert says.

What has ended (an export, a schedule, a token) stays ended.
"""

from django.db import migrations

from audit import schema

_FUNCTIONS = ("audit_stamp", "audit_ticket", "audit_ticket_age", "audit_keep_disclosures", "audit_keep_ended")


class Migration(migrations.Migration):
    dependencies = [("audit", "0009_schedules")]
    operations = [
        migrations.RunSQL("\n".join(schema.create_function(name) for name in _FUNCTIONS)),
        migrations.RunSQL(schema.create_triggers("audit_entry")),
        migrations.RunSQL(schema.ends(*schema.ENDING)),
    ]
