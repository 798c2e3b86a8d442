"""Staff go on in a listing behind its last item."""

from django.db import migrations

from accounts.connections.schema_sql import LISTINGS
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("connections", "0008_may_erase")]
    operations = [
        # Their arguments are others now, which CREATE OR REPLACE cannot change.
        migrations.RunSQL(
            """DROP FUNCTION IF EXISTS connections_name_runs(text, timestamptz, timestamptz, integer)"""
        ),
        migrations.RunSQL(create(LISTINGS)),
    ]
