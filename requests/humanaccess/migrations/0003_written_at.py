"""The gate asks when the database wrote an entry, and no longer what time the entry says.

An ask dies by the database's clock too; a grant, a decision and a review are never rewritten.
"""

from django.db import migrations

from humanaccess import gate_sql


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0002_gate"), ("audit", "0010_stamped_entries")]
    operations = [
        migrations.RunSQL(gate_sql.OPEN_ITEM),
        migrations.RunSQL(gate_sql.OPEN_GRANT),
        migrations.RunSQL(gate_sql.KEEP_REST),
        migrations.RunSQL(gate_sql.create_policy("humanaccess_ask_file")),
    ]
