"""A grant opens on decisions whose roles are in force, by two people who may decide for each other."""

from django.db import migrations

from humanaccess import gate_sql


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0002_gate"), ("identity", "0005_second_person")]
    operations = [migrations.RunSQL(gate_sql.OPEN_GRANT)]
