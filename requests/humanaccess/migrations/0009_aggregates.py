"""Answers of aggregate queries, which a function computes, withholds in part, rounds and stores, once each."""

from django.db import migrations, models

from core.db_objects import create
from humanaccess.aggregates import OBJECTS


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0008_erasing"), ("audit", "0018_may_erase")]
    operations = [
        migrations.CreateModel(
            name="Aggregate",
            fields=[
                ("id", models.UUIDField(editable=False, primary_key=True, serialize=False)),
                ("query", models.CharField(max_length=32)),
                ("week", models.DateField()),
                ("cells", models.JSONField()),
                ("largest_share", models.PositiveSmallIntegerField()),
                ("computed_at", models.DateTimeField()),
            ],
            options={
                "verbose_name": "Anonymous figures",
                "verbose_name_plural": "Anonymous figures",
                "constraints": [
                    models.UniqueConstraint(fields=("query", "week"), name="humanaccess_aggregate_once")
                ],
            },
        ),
        migrations.RunSQL(create(OBJECTS)),
    ]
