"""A closed request and a removed package stay so, whoever writes."""

from django.db import migrations

from core.db_objects import create
from rights import schema_sql


class Migration(migrations.Migration):
    dependencies = [("rights", "0002_left_out_words"), ("audit", "0010_stamped_entries")]
    operations = [migrations.RunSQL(create(schema_sql.ENDINGS))]
