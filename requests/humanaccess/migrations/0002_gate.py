"""The gate: row-level security of this app's tables, the functions that open and end grants, the staff's door."""

from django.db import migrations

from humanaccess import gate_sql


class Migration(migrations.Migration):
    dependencies = [
        ("humanaccess", "0001_asks"),
        ("audit", "0001_log"),
        ("identity", "0001_user"),
        ("workloads", "0002_gates"),
        ("connections", "0002_gates"),
    ]
    operations = [
        migrations.RunSQL(gate_sql.OPEN_ITEM),
        migrations.RunSQL(gate_sql.OPEN_GRANT),
        migrations.RunSQL(gate_sql.END_GRANT),
        migrations.RunSQL(gate_sql.KEEP_ASK),
        migrations.RunSQL(gate_sql.create_own_policies()),
        migrations.RunSQL(gate_sql.create_staff_doors()),
    ]
