"""The trigger that stamps entries takes only leaves in which text is text: a number reads like text in a column."""

from django.db import migrations

from audit.log import schema_sql
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("audit", "0013_sweep_failures")]
    operations = [migrations.RunSQL(create(schema_sql.FUNCTIONS, "audit_stamp"))]
