"""Handing out a token and checking a grant are reads of a machine: for a purpose, and not of what is restricted."""

from django.db import migrations

from audit.log.schema_sql import FUNCTIONS
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("audit", "0020_despite")]
    operations = [migrations.RunSQL(create(FUNCTIONS, "audit_ticket"))]
