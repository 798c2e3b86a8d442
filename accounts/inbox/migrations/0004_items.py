"""Staff list a person's letters, and read one under a grant alone."""

from django.db import migrations

from accounts.inbox.schema_sql import HEADINGS
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("inbox", "0003_may_erase")]
    operations = [migrations.RunSQL(create(HEADINGS))]
