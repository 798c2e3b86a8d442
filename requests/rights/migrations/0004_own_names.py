"""Each model has a name of its own in the project; tables keep theirs."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("rights", "0003_endings")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterModelTable("Counter", "rights_counter"),
                migrations.RenameModel("Counter", "RequestCounter"),
                migrations.AlterModelTable("Note", "rights_note"),
                migrations.RenameModel("Note", "RequestNote"),
            ],
        )
    ]
