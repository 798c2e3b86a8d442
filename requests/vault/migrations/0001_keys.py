"""The vault's one table; a tombstone stays a tombstone."""

from django.db import migrations, models

from core.db_objects import create
from vault.schema_sql import OBJECTS


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.CreateModel(
            "SubjectKey",
            [
                ("reference", models.CharField(max_length=32, primary_key=True, serialize=False)),
                ("wrapped", models.BinaryField(null=True)),
                ("kek_id", models.CharField(max_length=16)),
                ("version", models.PositiveSmallIntegerField(default=1)),
                ("created_at", models.DateTimeField()),
                ("shredded_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "vault_subject_key",
                "constraints": [
                    models.CheckConstraint(
                        name="vault_key_or_tombstone",
                        condition=models.Q(wrapped__isnull=False, shredded_at__isnull=True)
                        | models.Q(wrapped__isnull=True, shredded_at__isnull=False),
                    )
                ],
            },
        ),
        migrations.RunSQL(create(OBJECTS)),
    ]
