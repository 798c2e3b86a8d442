"""Staff may read under a grant where an automation sent data."""

from django.db import migrations

from core.db_objects import create
from humanaccess.access_gate_sql import DECISIONS, LATER_TABLES, read_policies


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0013_more_items"), ("connections", "0010_transfers")]
    operations = [
        migrations.RunSQL(create([*DECISIONS, *read_policies(LATER_TABLES)], "humanaccess_place", "connections_transfer_staff"))
    ]
