"""The keys under which callers of the API asked for exports."""

import uuid

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("audit", "0007_sealed")]
    operations = [
        migrations.CreateModel(
            "AskedExport",
            [
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("caller", models.CharField(max_length=64)),
                ("key", models.CharField(max_length=255)),
                ("digest", models.CharField(max_length=64)),
                (
                    "export",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="+", to="audit.export"
                    ),
                ),
            ],
            options={
                "db_table": "audit_asked_export",
                "constraints": [models.UniqueConstraint(fields=("caller", "key"), name="audit_asked_export_once")],
            },
        )
    ]
