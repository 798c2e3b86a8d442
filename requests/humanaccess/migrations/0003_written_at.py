"""The gate asks when the database wrote an entry, and no longer what time the entry says."""

from django.db import migrations

from humanaccess import gate_sql


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0002_gate"), ("audit", "0010_stamped_entries")]
    operations = [migrations.RunSQL(gate_sql.OPEN_ITEM)]
