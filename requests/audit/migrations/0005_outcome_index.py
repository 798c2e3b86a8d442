"""An index for what was refused or failed."""

from django.db import migrations

from audit import schema


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_reader_tokens")]
    operations = [migrations.RunSQL(schema.OUTCOME_INDEX, "DROP INDEX audit_entry_outcome")]
