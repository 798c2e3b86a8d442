"""Staff see counts of five records or more, by a function; a record of somebody else is a conflict."""

from django.db import migrations, models

from accounts.connections import schema_sql
from accounts.personaldata.restricted_sql import fill_shown_sums, worker_sums
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("connections", "0003_listing")]
    operations = [
        migrations.AddField("dailytotal", "shown_records", models.BigIntegerField(db_default=0)),
        migrations.AddField(
            "dailytotal", "shown_quantity", models.DecimalField(max_digits=38, decimal_places=9, db_default=0)
        ),
        migrations.RunSQL(create([worker_sums(schema_sql.TOTALS), *schema_sql.SUMS, schema_sql.STATES, *schema_sql.SHOWN])),
        migrations.RunSQL(fill_shown_sums(schema_sql.TOTALS)),
    ]
