"""Staff list items under a committed entry that says so, or see none; a revoked token stays revoked."""

from django.db import migrations

from accounts.workloads import schema


class Migration(migrations.Migration):
    dependencies = [("workloads", "0002_gates"), ("audit", "0010_stamped_entries")]
    operations = [migrations.RunSQL(schema.OUTLINES), migrations.RunSQL(schema.ENDINGS)]
