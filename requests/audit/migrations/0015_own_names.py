"""Each model has a name of its own in the project; tables keep theirs."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("audit", "0014_stamp_types")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RenameModel("AskedExport", "ExportIdempotencyKey"),
                migrations.RenameModel("Checkpoint", "StoredCheckpoint"),
            ],
        )
    ]
