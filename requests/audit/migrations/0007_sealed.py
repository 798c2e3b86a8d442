"""A count of what lies unsealed, for the register of promises: two numbers, never a value."""

from django.db import migrations

from audit import schema


class Migration(migrations.Migration):
    dependencies = [("audit", "0006_outside")]
    operations = [migrations.RunSQL(schema.create_function("audit_count_unsealed"))]
