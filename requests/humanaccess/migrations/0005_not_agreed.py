"""What was not agreed to is found with one look at each place."""

from django.db import migrations

from core.db_objects import create
from humanaccess import access_gate_sql as gate


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0004_decisions")]
    operations = [migrations.RunSQL(create(gate.DECISIONS, "humanaccess_not_agreed"))]
