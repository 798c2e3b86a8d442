"""What automations sent where, by kind and keyed digest; each automation keeps the digests of its destinations."""

import django.contrib.postgres.fields
from django.db import migrations, models

from accounts.connections.schema_sql import ERASING, TRANSFERS
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("connections", "0009_pages")]
    operations = [
        migrations.CreateModel(
            name="Transfer",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("subject", models.CharField(max_length=32)),
                ("occurred_at", models.DateTimeField()),
                ("automation", models.UUIDField()),
                ("kind", models.CharField(max_length=16)),
                ("digest", models.CharField(max_length=48)),
                ("sealed", models.BinaryField()),
            ],
            options={
                "indexes": [models.Index(fields=["subject", "occurred_at", "id"], name="connections_transfer_of")]
            },
        ),
        migrations.AddField(
            "Automation",
            "destination_digests",
            django.contrib.postgres.fields.ArrayField(models.CharField(max_length=48), null=True, size=None),
        ),
        # Its arguments are others now, which CREATE OR REPLACE cannot change.
        migrations.RunSQL("DROP FUNCTION IF EXISTS connections_take_automations(text[], text[], text[], text[], text[], text[])"),
        migrations.RunSQL(create([*ERASING, *TRANSFERS])),
    ]
