"""What was not agreed to is found with one look at each place."""

from django.db import migrations

from humanaccess import decisions_sql


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0004_decisions")]
    operations = [migrations.RunSQL(decisions_sql.NOT_AGREED)]
