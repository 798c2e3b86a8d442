"""Rows of a person may go once a deletion has begun to erase them."""

from django.db import migrations

from core.db_objects import create
from audit.log.schema_sql import FUNCTIONS


class Migration(migrations.Migration):
    dependencies = [("audit", "0017_erasing")]
    operations = [migrations.RunSQL(create(FUNCTIONS, "audit_may_erase"))]
