"""Apps that have ended at the platform, and what erases them."""

from django.db import migrations, models

from accounts.workloads.schema_sql import ENDED_APPS, ERASING
from core.db_objects import create


class Migration(migrations.Migration):

    dependencies = [
        ('workloads', '0011_pseudonyms'),
    ]

    operations = [
        migrations.CreateModel(
            name='TerminatedApp',
            fields=[
                ('app', models.UUIDField(primary_key=True, serialize=False)),
                ('subject', models.CharField(max_length=32)),
                ('terminated_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['subject'], name='workloads_ended_of'), models.Index(condition=models.Q(('settled_at__isnull', True)), fields=['terminated_at'], name='workloads_ended_unsettled')],
            },
        ),
        migrations.RunSQL(create([*ERASING, *ENDED_APPS])),
    ]
