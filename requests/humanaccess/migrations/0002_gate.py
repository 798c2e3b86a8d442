"""The gate: row-level security of this app's tables, the functions that open and end grants, the staff's door."""

from django.db import migrations

from core.db_objects import create
from humanaccess import access_gate_sql as gate


class Migration(migrations.Migration):
    dependencies = [
        ("humanaccess", "0001_asks"),
        ("audit", "0001_log"),
        ("identity", "0001_user"),
        ("workloads", "0002_gates"),
        ("connections", "0002_gates"),
    ]
    operations = [
        migrations.RunSQL(create([gate.OPEN_ITEM, gate.OPEN_GRANT, gate.END_GRANT, *gate.KEEP_REQUESTS, *gate.POLICIES])),
    ]
