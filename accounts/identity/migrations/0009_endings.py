"""A role that has ended and an invitation that was used or withdrawn stay so, whoever writes."""

from django.db import migrations

from accounts.identity import endings_sql


class Migration(migrations.Migration):
    dependencies = [("identity", "0008_second_person"), ("audit", "0010_stamped_entries")]
    operations = [migrations.RunSQL(endings_sql.TRIGGERS)]
