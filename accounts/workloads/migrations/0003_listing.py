"""Staff list items under a committed entry that says so, or see none; a revoked token stays revoked."""

from django.db import migrations

from accounts.workloads import schema_sql
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("workloads", "0002_gates"), ("audit", "0010_stamped_entries")]
    operations = [migrations.RunSQL(create(schema_sql.LISTINGS)), migrations.RunSQL(create(schema_sql.ENDINGS))]
