"""Staff list a person's sign-in sessions by when they began."""

from django.db import migrations

from accounts.identity.schema_sql import NAME_SESSIONS
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("identity", "0011_erasing")]
    operations = [migrations.RunSQL(create([NAME_SESSIONS]))]
