"""Whoever decides may shorten an access; a concern is followed up; accesses on agreement and runs are drawn by chance."""

import datetime
import uuid

import django.db.models.deletion
from django.db import migrations, models
from django.db.models import Q

from core.db_objects import create
from humanaccess.access_gate_sql import ERASE, OPEN_GRANT
from humanaccess.reviewing_sql import OBJECTS

_KINDS = [
    ("talk", "talk to the reader"),
    ("end_role", "end the reader's role"),
    ("report", "report it as an incident"),
    ("tell_user", "tell the user"),
    ("other", "something else"),
]


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0011_break_glass")]
    operations = [
        migrations.AddField("decision", "window", models.DurationField(null=True)),
        migrations.AddConstraint(
            "decision",
            models.CheckConstraint(
                name="humanaccess_decision_window",
                condition=Q(window__isnull=True) | Q(window__gte=datetime.timedelta(seconds=900)),
            ),
        ),
        migrations.CreateModel(
            name="FollowUp",
            fields=[
                ("id", models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                (
                    "review",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.PROTECT,
                        related_name="follow_up",
                        to="humanaccess.review",
                    ),
                ),
                ("subject", models.CharField(max_length=32)),
                ("kind", models.CharField(choices=_KINDS, max_length=16)),
                ("due_on", models.DateField()),
                ("sealed", models.BinaryField()),
                ("settled_by", models.CharField(blank=True, max_length=32)),
                ("settled_at", models.DateTimeField(null=True)),
                ("sealed_outcome", models.BinaryField(null=True)),
            ],
            options={
                "db_table": "humanaccess_followup",
                "indexes": [
                    models.Index(
                        fields=["due_on"], condition=Q(settled_at=None), name="humanaccess_followup_open"
                    )
                ],
                "constraints": [
                    models.CheckConstraint(
                        name="humanaccess_followup_settled",
                        condition=Q(settled_at=None, settled_by="", sealed_outcome=None)
                        | (Q(settled_at__isnull=False, sealed_outcome__isnull=False) & ~Q(settled_by="")),
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="Sample",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("kind", models.CharField(choices=[("access", "access"), ("run", "run")], max_length=8)),
                ("drawn", models.BooleanField()),
                ("drawn_at", models.DateTimeField()),
                (
                    "finding",
                    models.CharField(
                        blank=True, choices=[("in_order", "in order"), ("concern", "a concern")], max_length=16
                    ),
                ),
                ("reviewed_by", models.CharField(blank=True, max_length=32)),
                ("reviewed_at", models.DateTimeField(null=True)),
            ],
            options={
                "db_table": "humanaccess_sample",
                "indexes": [
                    models.Index(
                        fields=["kind", "drawn_at"], condition=Q(drawn=True), name="humanaccess_sample_drawn"
                    )
                ],
            },
        ),
        migrations.RunSQL(create([OPEN_GRANT, ERASE, *OBJECTS])),
    ]
