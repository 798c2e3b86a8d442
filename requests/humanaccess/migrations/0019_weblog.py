"""Staff may read a visit of the web log under a grant."""

from django.db import migrations

from core.db_objects import create
from humanaccess.access_gate_sql import CODES, DECISIONS, LATER_TABLES, OPEN_ITEM, read_policies


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0018_google_ended"), ("workloads", "0019_weblog")]
    operations = [
        # They have the kinds of items in their bodies.
        migrations.RunSQL(create(DECISIONS, "humanaccess_place", "humanaccess_outside_scope")),
        migrations.RunSQL(create([OPEN_ITEM, *CODES], "humanaccess_open_item", "humanaccess_open_code")),
        migrations.RunSQL(create(read_policies(LATER_TABLES), "workloads_webvisit_staff")),
    ]
