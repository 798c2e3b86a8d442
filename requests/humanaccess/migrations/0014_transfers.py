"""Staff may read under a grant where an automation sent data."""

from django.db import migrations

from core.db_objects import create
from humanaccess.access_gate_sql import DECISIONS, TRANSFERS, read_policies


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0011_break_glass"), ("connections", "0009_transfers")]
    operations = [
        migrations.RunSQL(create([*DECISIONS, *read_policies(TRANSFERS)], "humanaccess_place", "connections_transfer_staff"))
    ]
