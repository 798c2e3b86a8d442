"""Staff list items under a committed entry that says so, or see none."""

from django.db import migrations

from accounts.connections import schema_sql
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("connections", "0002_gates"), ("audit", "0010_stamped_entries")]
    operations = [migrations.RunSQL(create(schema_sql.LISTINGS))]
