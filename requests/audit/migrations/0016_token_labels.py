"""Reader tokens label their fields as service tokens do; the table stays as it is."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0015_own_names")]
    operations = [
        migrations.AlterModelOptions("entry", {"managed": False, "ordering": ["-id"], "verbose_name_plural": "log entries"}),
        migrations.AlterField("readertoken", "expires_at", models.DateTimeField(verbose_name="expires")),
        migrations.AlterField("readertoken", "made_at", models.DateTimeField(verbose_name="made")),
        migrations.AlterField("readertoken", "name", models.CharField(max_length=64, verbose_name="name")),
        migrations.AlterField("readertoken", "revoked_at", models.DateTimeField(null=True, verbose_name="revoked")),
        migrations.AlterField(
            "readertoken",
            "scopes",
            django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=16), size=None, verbose_name="scopes"
            ),
        ),
        migrations.AlterField("readertoken", "used_at", models.DateTimeField(null=True, verbose_name="last used")),
    ]
