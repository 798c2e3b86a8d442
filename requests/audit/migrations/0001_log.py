"""The log's tables, guards, row-level security and first partitions."""

from datetime import UTC, datetime

from django.db import migrations, models

from audit import ids, schema


def first_partitions(apps, schema_editor):
    from dateutil.relativedelta import relativedelta

    first = datetime.now(UTC).date().replace(day=1)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT audit_guard_partition('audit_entry_rest')")
        for ahead in range(4):
            month = first + relativedelta(months=ahead)
            cursor.execute("SELECT audit_make_partition(%s, %s, %s)", [month, *ids.uuid7_bounds(month)])


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(schema.TABLES),
        migrations.RunSQL("\n".join(schema.create_function(name) for name in schema.FUNCTIONS)),
        migrations.RunSQL(schema.create_triggers()),
        migrations.RunSQL(schema.create_policies()),
        migrations.RunPython(first_partitions, migrations.RunPython.noop),
        migrations.CreateModel(
            "Entry",
            [
                ("id", models.UUIDField(primary_key=True, serialize=False)),
                ("leaf", models.BinaryField()),
                ("time", models.DateTimeField()),
                ("actor", models.TextField()),
                ("event", models.TextField()),
                ("outcome", models.TextField()),
                ("subject", models.TextField(null=True)),
                ("case_ref", models.TextField(null=True)),
            ],
            options={"db_table": "audit_entry", "managed": False, "ordering": ["-id"], "verbose_name_plural": "entries"},
        ),
        migrations.CreateModel(
            "Disclosure",
            [
                (
                    "pk",
                    models.CompositePrimaryKey(
                        "entry", "holder", blank=True, editable=False, primary_key=True, serialize=False
                    ),
                ),
                ("entry", models.UUIDField()),
                ("holder", models.TextField()),
                ("sealed", models.BinaryField()),
            ],
            options={"db_table": "audit_disclosure", "managed": False},
        ),
        migrations.CreateModel(
            "Leaf",
            [
                ("index", models.BigIntegerField(primary_key=True, serialize=False)),
                ("entry", models.UUIDField(unique=True)),
                ("hash", models.BinaryField()),
            ],
            options={"db_table": "audit_leaf", "managed": False},
        ),
        migrations.CreateModel(
            "Checkpoint",
            [
                ("size", models.BigIntegerField(primary_key=True, serialize=False)),
                ("root", models.BinaryField()),
                ("note", models.TextField()),
                ("signed_at", models.DateTimeField()),
            ],
            options={"db_table": "audit_checkpoint", "managed": False},
        ),
    ]
