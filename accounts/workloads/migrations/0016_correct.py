"""Orders to correct, whose answer is an outcome."""

from django.db import migrations, models

from accounts.workloads.schema_sql import ORDERS
from core.db_objects import Function, create


class Migration(migrations.Migration):

    dependencies = [
        ('workloads', '0014_pages'),
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
            field=models.CharField(choices=[('erase', 'erase'), ('correct', 'correct')], max_length=16),
        ),
        migrations.RunSQL(create([each for each in ORDERS if isinstance(each, Function)])),
    ]
