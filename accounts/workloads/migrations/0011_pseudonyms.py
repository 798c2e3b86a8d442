"""Pseudonyms for providers of analytics, which go with the person."""

import uuid
from django.db import migrations, models

from accounts.workloads.schema_sql import ERASING, PSEUDONYMS
from core.db_objects import create


class Migration(migrations.Migration):

    dependencies = [
        ('workloads', '0010_orders'),
    ]

    operations = [
        migrations.CreateModel(
            name='Pseudonym',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.CharField(max_length=32)),
                ('provider', models.CharField(choices=[('mixpanel', 'Mixpanel')], max_length=16)),
                ('value', models.CharField(max_length=32, unique=True)),
                ('made_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('subject', 'provider'), name='workloads_pseudonym_once'), models.CheckConstraint(condition=models.Q(('value__regex', '^[0-9a-f]{32}$')), name='workloads_pseudonym_random')],
            },
        ),
        migrations.RunSQL(create([*ERASING, *PSEUDONYMS])),
    ]
