"""Letters and sessions are read under a grant as every restricted item is, and what the platform holds for a code."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from core.db_objects import create
from humanaccess.access_gate_sql import CODES, DECISIONS, ERASE, LATER_TABLES, read_policies


class Migration(migrations.Migration):
    dependencies = [
        ("humanaccess", "0012_reviewing"),
        ("inbox", "0004_items"),
        ("identity", "0012_items"),
        ("usersessions", "0001_initial"),
        ("workloads", "0014_pages"),
    ]
    operations = [
        migrations.CreateModel(
            name="ReadCode",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ("code_hash", models.CharField(max_length=64, unique=True)),
                ("subject", models.CharField(max_length=32)),
                ("kind", models.CharField(max_length=64)),
                ("item", models.UUIDField()),
                ("entry", models.UUIDField(unique=True)),
                ("expires_at", models.DateTimeField(db_index=True)),
                ("redeemed_at", models.DateTimeField(null=True)),
                ("redeemed_by", models.UUIDField(null=True)),
                (
                    "grant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.PROTECT, related_name="codes", to="humanaccess.grant"
                    ),
                ),
            ],
            options={"db_table": "humanaccess_readcode"},
        ),
        migrations.RunSQL(create(DECISIONS, "humanaccess_place")),
        migrations.RunSQL(create(read_policies(LATER_TABLES), "inbox_letter_staff", "usersessions_usersession_staff")),
        migrations.RunSQL(create([*CODES, ERASE])),
    ]
