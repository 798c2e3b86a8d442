"""Orders to restrict, to lift that and to stop, of named data categories."""

import django.contrib.postgres.fields
from django.db import migrations, models

from accounts.workloads.schema_sql import ORDERS
from core.db_objects import create


class Migration(migrations.Migration):

    dependencies = [
        ('workloads', '0014_pages'),
    ]

    operations = [
        migrations.AddField(
            model_name='platformorder',
            name='categories',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), db_default=[], default=list, size=None),
        ),
        migrations.AlterField(
            model_name='platformorder',
            name='kind',
            field=models.CharField(choices=[('erase', 'erase'), ('restrict', 'restrict'), ('lift', 'lift a restriction or an objection'), ('object', 'stop what was objected to')], max_length=16),
        ),
        migrations.RunSQL(create(ORDERS, "workloads_keep_order")),
    ]
