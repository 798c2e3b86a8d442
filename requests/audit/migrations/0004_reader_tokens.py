"""Tokens with which machines read the log."""

import uuid

import django.contrib.postgres.fields
from django.db import migrations, models

from audit.log import schema_sql
from core.db_objects import create


class Migration(migrations.Migration):
    dependencies = [("audit", "0003_erasure")]
    operations = [
        migrations.CreateModel(
            "ReaderToken",
            [
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=64)),
                ("shown", models.CharField(max_length=16)),
                ("hash", models.BinaryField(max_length=32, unique=True)),
                (
                    "scopes",
                    django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=16), size=None),
                ),
                ("made_by", models.CharField(max_length=64)),
                ("made_at", models.DateTimeField()),
                ("expires_at", models.DateTimeField()),
                ("used_at", models.DateTimeField(null=True)),
                ("revoked_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "reader token",
                "verbose_name_plural": "reader tokens",
                "constraints": [
                    models.UniqueConstraint(
                        condition=models.Q(("revoked_at__isnull", True)),
                        fields=("name",),
                        name="audit_readertoken_name_once",
                    )
                ],
            },
        ),
        migrations.RunSQL(create(schema_sql.FUNCTIONS, "audit_token_used")),
    ]
