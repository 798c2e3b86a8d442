"""Sides that may not read a password's hash follow foreign keys without it, and may ask whether there is one."""

from django.db import migrations

from accounts.identity.schema_sql import HAS_PASSWORD


class Migration(migrations.Migration):
    dependencies = [("identity", "0002_sessions")]
    operations = [
        migrations.AlterModelOptions(
            name="user",
            options={"base_manager_name": "objects", "verbose_name": "user", "verbose_name_plural": "users"},
        ),
        migrations.RunSQL(HAS_PASSWORD.create()),
    ]
