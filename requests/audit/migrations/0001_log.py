"""The log's tables, guards, row-level security and first partitions."""

from datetime import UTC, datetime

from django.db import migrations, models

from audit.log import uuid7, schema_sql
from core.db_objects import create

TABLES = """
CREATE TABLE audit_entry (
    id uuid PRIMARY KEY,
    xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
    leaf bytea NOT NULL,
    time timestamptz NOT NULL,
    actor text NOT NULL,
    event text NOT NULL,
    outcome text NOT NULL,
    subject text,
    case_ref text,
    written_at timestamptz DEFAULT clock_timestamp()
) PARTITION BY RANGE (id);
CREATE INDEX audit_entry_subject ON audit_entry (subject, id) WHERE subject IS NOT NULL;
CREATE INDEX audit_entry_actor ON audit_entry (actor, id);
CREATE INDEX audit_entry_event ON audit_entry (event, id);
CREATE INDEX audit_entry_case ON audit_entry (case_ref, id) WHERE case_ref IS NOT NULL;
CREATE TABLE audit_entry_rest PARTITION OF audit_entry DEFAULT;

CREATE TABLE audit_pending (entry uuid NOT NULL, leaf_hash bytea NOT NULL);
CREATE TABLE audit_leaf (index bigint PRIMARY KEY, entry uuid NOT NULL UNIQUE, hash bytea NOT NULL);
CREATE TABLE audit_tile (
    level smallint NOT NULL, number bigint NOT NULL, width smallint NOT NULL, hashes bytea NOT NULL,
    PRIMARY KEY (level, number), CHECK (width BETWEEN 1 AND 256 AND length(hashes) = width * 32)
);
CREATE TABLE audit_head (sole boolean PRIMARY KEY DEFAULT true CHECK (sole), size bigint NOT NULL);
INSERT INTO audit_head (size) VALUES (0);
CREATE TABLE audit_checkpoint (
    size bigint PRIMARY KEY CHECK (size > 0), root bytea NOT NULL, note text NOT NULL, signed_at timestamptz NOT NULL
);
CREATE TABLE audit_disclosure (
    entry uuid NOT NULL, holder text NOT NULL, sealed bytea NOT NULL, PRIMARY KEY (entry, holder)
);
"""


def first_partitions(apps, schema_editor):
    from dateutil.relativedelta import relativedelta

    first = datetime.now(UTC).date().replace(day=1)
    with schema_editor.connection.cursor() as cursor:
        cursor.execute("SELECT audit_guard_partition('audit_entry_rest')")
        for ahead in range(4):
            month = first + relativedelta(months=ahead)
            cursor.execute("SELECT audit_make_partition(%s, %s, %s)", [month, *uuid7.uuid7_bounds(month)])


class Migration(migrations.Migration):
    initial = True
    dependencies = []
    operations = [
        migrations.RunSQL(TABLES),
        migrations.RunSQL(create(schema_sql.FUNCTIONS)),
        migrations.RunSQL(create(schema_sql.TRIGGERS)),
        migrations.RunSQL(create(schema_sql.POLICIES)),
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
