"""Django's cache lies in the database: rate limits count there, and no second server can hang or forget them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("identity", "0003_without_passwords")]
    operations = [
        migrations.CreateModel(
            name="CacheEntry",
            fields=[
                ("key", models.CharField(max_length=64, primary_key=True, serialize=False)),
                ("value", models.JSONField()),
                ("expires_at", models.DateTimeField(db_index=True)),
            ],
        ),
        # Nothing here outlives a crash, waits for the disk, or goes into archives: it is for minutes.
        migrations.RunSQL("ALTER TABLE identity_cacheentry SET UNLOGGED", migrations.RunSQL.noop),
    ]
