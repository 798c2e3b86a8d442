"""A machine's entry opens no session of somebody who restricted those, whatever it names."""

from django.db import migrations

from accounts.identity.schema_sql import SESSIONS
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("identity", "0012_items"), ("audit", "0020_despite")]
    operations = [migrations.RunSQL(create(SESSIONS, "usersessions_ticket"))]
