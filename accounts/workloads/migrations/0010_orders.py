"""Orders to the platform, numbered and kept by a trigger."""

import django.contrib.postgres.fields
import uuid
from django.db import migrations, models

from accounts.workloads.schema_sql import ORDERS
from core.db_objects import create

class Migration(migrations.Migration):

    dependencies = [
        ('workloads', '0009_may_erase'),
        ('audit', '0018_may_erase'),
    ]

    operations = [
        migrations.CreateModel(
            name='PlatformOrder',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('number', models.BigIntegerField(default=0, unique=True)),
                ('subject', models.CharField(max_length=32)),
                ('kind', models.CharField(choices=[('erase', 'erase')], max_length=16)),
                ('app', models.UUIDField(null=True)),
                ('apps', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('case_ref', models.CharField(blank=True, max_length=16)),
                ('created_at', models.DateTimeField()),
                ('fetched_at', models.DateTimeField(null=True)),
                ('answered_at', models.DateTimeField(null=True)),
                ('answered_by', models.UUIDField(null=True)),
                ('receipt', models.JSONField(null=True)),
                ('settled_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['subject', 'number'], name='workloads_order_of'), models.Index(condition=models.Q(('answered_at__isnull', True)), fields=['created_at'], name='workloads_order_open'), models.Index(condition=models.Q(('answered_at__isnull', False), ('settled_at__isnull', True)), fields=['answered_at'], name='workloads_order_unsettled')],
            },
        ),
        migrations.RunSQL(create(ORDERS)),
    ]
