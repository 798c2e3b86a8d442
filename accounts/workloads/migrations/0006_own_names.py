"""Each model has a name of its own in the project; tables keep theirs."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("workloads", "0005_headings")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.AlterModelTable("DailyTotal", "workloads_dailytotal"),
                migrations.RenameModel("DailyTotal", "WorkloadsDailyTotal"),
            ],
        )
    ]
