"""Whether an entry lets a machine read what is restricted is asked for each table, not of the entry's own word."""

from django.db import migrations

from audit.log.schema_sql import FUNCTIONS
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("audit", "0019_purposes")]
    operations = [migrations.RunSQL(create(FUNCTIONS, "audit_ticket", "audit_reads_despite"))]
