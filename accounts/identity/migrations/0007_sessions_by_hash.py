"""Keep sessions by a hash of their cookie: those of before end, and neither table takes a cookie any more."""

from django.db import migrations

from accounts.identity.sessions_sql import HASHED


class Migration(migrations.Migration):
    dependencies = [("identity", "0006_sessions_by_day")]
    operations = [migrations.RunSQL(HASHED)]
