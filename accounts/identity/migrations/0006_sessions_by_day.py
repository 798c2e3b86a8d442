"""Staff see no count of fewer than five sessions."""

from django.db import migrations

from accounts.identity.schema_sql import SESSIONS_BY_DAY


class Migration(migrations.Migration):
    dependencies = [("identity", "0005_normal_addresses")]
    operations = [migrations.RunSQL(SESSIONS_BY_DAY.create())]
