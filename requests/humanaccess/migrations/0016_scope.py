"""On the ground of law nothing opens outside the scope that was agreed."""

from django.db import migrations

from core.db_objects import create
from humanaccess.access_gate_sql import DECISIONS, OPEN_GRANT


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0015_answers")]
    operations = [
        migrations.RunSQL(create([*DECISIONS, OPEN_GRANT], "humanaccess_outside_scope", "humanaccess_open_grant"))
    ]
