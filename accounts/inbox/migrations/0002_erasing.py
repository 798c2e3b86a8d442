"""Letters of an erased person go by a function."""

from django.db import migrations

from core.db_objects import create
from accounts.inbox.schema_sql import ERASING


class Migration(migrations.Migration):
    dependencies = [("inbox", "0001_letters"), ("audit", "0017_erasing")]
    operations = [migrations.RunSQL(create(ERASING))]
