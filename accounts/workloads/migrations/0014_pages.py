"""Staff go on in a listing behind its last item."""

from django.db import migrations

from accounts.workloads.schema_sql import LISTINGS
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("workloads", "0013_listings")]
    operations = [
        # Their arguments are others now, which CREATE OR REPLACE cannot change.
        migrations.RunSQL(
            """DROP FUNCTION IF EXISTS workloads_name_usage(text, uuid, timestamptz, timestamptz, integer);
               DROP FUNCTION IF EXISTS workloads_name_metrics(text, uuid, timestamptz, timestamptz, integer);
               DROP FUNCTION IF EXISTS workloads_name_commands(text, uuid, timestamptz, timestamptz, integer);
               DROP FUNCTION IF EXISTS workloads_name_lines(text, uuid, timestamptz, timestamptz, integer)"""
        ),
        migrations.RunSQL(create(LISTINGS)),
    ]
