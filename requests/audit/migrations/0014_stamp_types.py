"""The trigger that stamps entries takes only leaves in which text is text: a number reads like text in a column."""

from django.db import migrations

from audit import schema


class Migration(migrations.Migration):
    dependencies = [("audit", "0013_sweep_failures")]
    operations = [migrations.RunSQL(schema.create_function("audit_stamp"))]
