"""Rows of a person may go once a deletion has begun to erase them."""

from django.db import migrations

from core.db_objects import create
from accounts.workloads.schema_sql import ERASING


class Migration(migrations.Migration):
    dependencies = [("workloads", "0008_totals_by_day"), ("audit", "0018_may_erase")]
    operations = [migrations.RunSQL(create(ERASING))]
