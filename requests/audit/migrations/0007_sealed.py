"""A count of what lies unsealed, for the register of promises: two numbers, never a value."""

from django.db import migrations

from audit.log import schema_sql
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_outside")]
    operations = [migrations.RunSQL(create(schema_sql.FUNCTIONS, "audit_count_unsealed"))]
