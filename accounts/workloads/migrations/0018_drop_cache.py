"""Orders to drop what is cached from Google, answered by an outcome of their own."""

from django.db import migrations, models

from accounts.workloads.schema_sql import ORDERS
from core.db_objects import create


class Migration(migrations.Migration):

    dependencies = [
        ('workloads', '0017_restricted'),
    ]

    operations = [
        migrations.AlterField(
            model_name='platformorder',
            name='kind',
            field=models.CharField(choices=[('erase', 'erase'), ('correct', 'correct'), ('restrict', 'restrict'), ('lift', 'lift a restriction or an objection'), ('object', 'stop what was objected to'), ('drop_cache', 'drop what is cached from Google')], max_length=16),
        ),
        migrations.RunSQL(create(ORDERS, "workloads_keep_order")),
    ]
