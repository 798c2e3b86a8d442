"""What is restricted opens on the ground of law or with its person's agreement alone, and is left out of figures."""

from django.db import migrations

from core.db_objects import create
from humanaccess import aggregates
from humanaccess.access_gate_sql import CODES, OPEN_ITEM


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0016_scope"), ("audit", "0019_purposes")]
    operations = [
        migrations.RunSQL(create([OPEN_ITEM, *CODES], "humanaccess_open_item", "humanaccess_open_code")),
        migrations.RunSQL(create(aggregates.OBJECTS, "humanaccess_run_aggregate")),
    ]
