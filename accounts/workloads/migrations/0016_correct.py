"""Orders to correct, whose answer is an outcome."""

from django.db import migrations, models

from accounts.workloads.schema_sql import ORDERS
from core.db_objects import create


class Migration(migrations.Migration):

    dependencies = [
        ('workloads', '0015_marks'),
    ]

    operations = [
        migrations.AddField(
            model_name='platformorder',
            name='outcome',
            field=models.CharField(blank=True, db_default='', default='', max_length=16),
        ),
        migrations.AlterField(
            model_name='platformorder',
            name='kind',
            field=models.CharField(choices=[('erase', 'erase'), ('correct', 'correct'), ('restrict', 'restrict'), ('lift', 'lift a restriction or an objection'), ('object', 'stop what was objected to')], max_length=16),
        ),
        migrations.RunSQL(create(ORDERS, "workloads_keep_order")),
    ]
