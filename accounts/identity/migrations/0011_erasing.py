"""The account of an erased person goes by a function."""

from django.db import migrations

from core.db_objects import create
from accounts.identity.schema_sql import ERASE


class Migration(migrations.Migration):
    dependencies = [("identity", "0010_staff_mail"), ("audit", "0017_erasing")]
    operations = [migrations.RunSQL(create([ERASE]))]
