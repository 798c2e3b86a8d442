"""A role that has ended and an invitation that was used or withdrawn stay so, whoever writes."""

from django.db import migrations

from accounts.identity.schema_sql import ENDINGS
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("identity", "0008_second_person"), ("audit", "0010_stamped_entries")]
    operations = [migrations.RunSQL(create(ENDINGS))]
