"""Each model has a name of its own in the project; tables keep theirs."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("connections", "0004_shown_sums")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterModelTable("DailyTotal", "connections_dailytotal"),
                migrations.RenameModel("DailyTotal", "ConnectionsDailyTotal"),
            ],
        )
    ]
