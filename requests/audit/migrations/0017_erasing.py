"""Rows of an erased person may go; an empty value counts as erased."""

from django.db import migrations

from core.db_objects import create
from audit.log.schema_sql import FUNCTIONS


class Migration(migrations.Migration):
    dependencies = [("audit", "0016_token_labels")]
    operations = [migrations.RunSQL(create(FUNCTIONS, "audit_is_erased", "audit_count_unsealed"))]
