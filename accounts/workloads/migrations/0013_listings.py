"""Staff list usage, metrics and commands of one app or of all; each listing names the app."""

from django.db import migrations

from accounts.workloads.schema_sql import LISTINGS
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("workloads", "0012_ended_apps")]
    operations = [
        # Their arguments or their columns are others now, which CREATE OR REPLACE cannot change.
        migrations.RunSQL(
            """DROP FUNCTION IF EXISTS workloads_name_commands(text, timestamptz, timestamptz, integer);
               DROP FUNCTION IF EXISTS workloads_name_lines(text, uuid, timestamptz, timestamptz, integer)"""
        ),
        migrations.RunSQL(create(LISTINGS)),
    ]
