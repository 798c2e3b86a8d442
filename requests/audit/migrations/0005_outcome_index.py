"""An index for what was refused or failed."""

from django.db import migrations

# What was refused or failed is rare, and looked for: an entry that went well costs nothing here.
INDEX = "CREATE INDEX IF NOT EXISTS audit_entry_outcome ON audit_entry (outcome, id) WHERE outcome <> 'ok';"


class Migration(migrations.Migration):
    dependencies = [("audit", "0004_reader_tokens")]
    operations = [migrations.RunSQL(INDEX, "DROP INDEX audit_entry_outcome")]
