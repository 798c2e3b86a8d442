"""The gate asks when the database wrote an entry, and no longer what time the entry says.

An ask dies by the database's clock too; a grant, a decision and a review are never rewritten.
"""

from django.db import migrations

from core.db_objects import create
from humanaccess import access_gate_sql as gate


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0002_gate"), ("audit", "0010_stamped_entries")]
    operations = [
        migrations.RunSQL(create([gate.OPEN_ITEM, gate.OPEN_GRANT, *gate.KEEP_GRANTS, gate.REQUEST_FILED])),
    ]
