"""A grant that ended keeps from which automations the access had been taken away."""

import django.contrib.postgres.fields
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0016_github'),
    ]

    operations = [
        migrations.AddField(
            model_name='revocation',
            name='withheld',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), db_default=[], default=list, size=None),
        ),
    ]
