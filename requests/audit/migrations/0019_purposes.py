"""An entry of a machine's read authorises it only where it names a purpose of the closed list."""

from django.db import migrations

from core.db_objects import create
from audit.log.schema_sql import FUNCTIONS


class Migration(migrations.Migration):
    dependencies = [("audit", "0018_may_erase")]
    operations = [migrations.RunSQL(create(FUNCTIONS, "audit_ticket"))]
