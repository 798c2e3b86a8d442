"""Gate the sessions' rows, and give staff what ends and what counts them."""

from django.db import migrations

from accounts.identity.schema_sql import SESSIONS
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0001_user"),
        ("audit", "0001_log"),
        ("sessions", "0001_initial"),
        ("usersessions", "0001_initial"),
    ]

    operations = [migrations.RunSQL(create(SESSIONS))]
