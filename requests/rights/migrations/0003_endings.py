"""A closed request and a removed package stay so, whoever writes."""

from django.db import migrations

from rights import schema


class Migration(migrations.Migration):
    dependencies = [("rights", "0002_left_out_words"), ("audit", "0010_stamped_entries")]
    operations = [migrations.RunSQL(schema.create_endings())]
