"""Staff list items under a committed entry that says so, or see none."""

from django.db import migrations

from accounts.connections import schema


class Migration(migrations.Migration):
    dependencies = [("connections", "0002_gates"), ("audit", "0010_stamped_entries")]
    operations = [migrations.RunSQL(schema.OUTLINES)]
