"""Access for security that opens at once, without a decision: for an hour, one at a time, reviewed afterwards."""

from datetime import timedelta

from django.db import migrations, models

from core.db_objects import create
from humanaccess.access_gate_sql import ENDED_APPS, ITEM_FILED, OPEN_GRANT, OPEN_ITEM

STATES = [
    ("asked", "waiting for an answer"),
    ("agreed", "agreed"),
    ("approved", "approved"),
    ("refused", "refused"),
    ("cancelled", "withdrawn by the asker"),
    ("expired", "expired without an answer"),
    ("opened", "opened without a decision"),
]


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0010_legal_process"), ("workloads", "0012_ended_apps")]
    operations = [
        migrations.AddField(
            "approvalrequest", "break_glass", models.BooleanField(db_default=False, default=False)
        ),
        migrations.AlterField(
            "approvalrequest", "state", models.CharField(choices=STATES, default="asked", max_length=16)
        ),
        migrations.AddIndex(
            "approvalrequest",
            models.Index(condition=models.Q(break_glass=True), fields=["-asked_at"], name="humanaccess_ask_glass"),
        ),
        migrations.AddConstraint(
            "approvalrequest",
            models.CheckConstraint(
                name="humanaccess_ask_glass_bounds",
                condition=models.Q(break_glass=False) & ~models.Q(state="opened")
                | models.Q(break_glass=True, ground="security", window__lte=timedelta(hours=1))
                & models.Q(state__in=["asked", "opened", "cancelled", "expired"])
                & ~models.Q(abuse_reference=""),
            ),
        ),
        migrations.RunSQL(create([OPEN_ITEM, OPEN_GRANT, ENDED_APPS, ITEM_FILED])),
    ]
