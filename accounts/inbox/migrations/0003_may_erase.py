"""Rows of a person may go once a deletion has begun to erase them."""

from django.db import migrations

from core.db_objects import create
from accounts.inbox.schema_sql import ERASING


class Migration(migrations.Migration):
    dependencies = [("inbox", "0002_erasing"), ("audit", "0018_may_erase")]
    operations = [migrations.RunSQL(create(ERASING))]
