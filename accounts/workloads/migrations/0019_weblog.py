"""The web log of omegacloud.ai: visits of signed-in accounts, restricted, kept for thirty days."""

from django.db import migrations, models

from accounts.workloads.schema_sql import ERASING, WEBLOG
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("workloads", "0018_drop_cache")]
    operations = [
        migrations.CreateModel(
            name="WebVisit",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("subject", models.CharField(max_length=32)),
                ("occurred_at", models.DateTimeField()),
                ("sealed", models.BinaryField()),
            ],
            options={
                "verbose_name": "Web log",
                "verbose_name_plural": "Web log",
                "indexes": [models.Index(fields=["subject", "occurred_at", "id"], name="workloads_webvisit_of")],
            },
        ),
        migrations.RunSQL(create([*ERASING, *WEBLOG])),
    ]
