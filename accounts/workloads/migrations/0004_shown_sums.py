"""Staff see sums of five records or more, by a function; a record of somebody else is a conflict."""

from django.db import migrations, models

from accounts.workloads import schema
from accounts.identity.gated_sql import FEWEST, worker_sums

_HOUSE = "DROP POLICY IF EXISTS workloads_dailytotal_house ON workloads_dailytotal"
_SEEN = f"""
UPDATE workloads_dailytotal SET shown_records = records, shown_quantity = quantity WHERE records >= {FEWEST}
"""


class Migration(migrations.Migration):
    dependencies = [("workloads", "0003_listing")]
    operations = [
        migrations.AddField("dailytotal", "shown_records", models.BigIntegerField(db_default=0)),
        migrations.AddField(
            "dailytotal", "shown_quantity", models.DecimalField(max_digits=38, decimal_places=9, db_default=0)
        ),
        migrations.RunSQL([_HOUSE, worker_sums(schema.TOTALS), schema.SUMS, schema.STATES, schema.SHOWN, schema.CONFLICTS]),
        migrations.RunSQL(_SEEN),
    ]
