"""The vault's one table; a tombstone stays a tombstone."""

from django.db import migrations, models

GUARD = """
CREATE FUNCTION vault_keep_tombstone() RETURNS trigger LANGUAGE plpgsql AS $body$
BEGIN
    IF TG_OP <> 'UPDATE' OR OLD.shredded_at IS NOT NULL THEN
        RAISE EXCEPTION 'A shredded key stays shredded, and no key row is removed.'
            USING ERRCODE = 'insufficient_privilege';
    END IF;
    RETURN NEW;
END
$body$;
CREATE TRIGGER vault_keep BEFORE UPDATE OR DELETE ON vault_subject_key
    FOR EACH ROW EXECUTE FUNCTION vault_keep_tombstone();
ALTER TABLE vault_subject_key ENABLE ALWAYS TRIGGER vault_keep;
CREATE TRIGGER vault_keep_all BEFORE TRUNCATE ON vault_subject_key
    FOR EACH STATEMENT EXECUTE FUNCTION vault_keep_tombstone();
ALTER TABLE vault_subject_key ENABLE ALWAYS TRIGGER vault_keep_all;
"""


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
        migrations.RunSQL(GUARD),
    ]
