"""Row-level security, sums by day, outlines."""

from django.db import migrations

from accounts.workloads import schema_sql
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("workloads", "0001_records"), ("audit", "0001_log")]
    operations = [migrations.RunSQL(create(schema_sql.FIRST))]
