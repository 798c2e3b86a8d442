"""Scheduled exports."""

import django.db.models.deletion
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0008_asked_exports'),
    ]

    operations = [
        migrations.CreateModel(
            name='ExportSchedule',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=64)),
                ('filter', models.JSONField(default=dict)),
                ('every', models.CharField(choices=[('day', 'every day'), ('week', 'every week'), ('month', 'every month')], max_length=5)),
                ('place', models.CharField(max_length=100)),
                ('compress', models.CharField(choices=[('gzip', 'gzip (.tar.gz)'), ('zstd', 'Zstandard (.tar.zst)')], default='gzip', max_length=4)),
                ('made_by', models.CharField(max_length=64)),
                ('made_at', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('next_at', models.DateTimeField()),
                ('covered_until', models.DateTimeField()),
                ('asked_until', models.DateTimeField(null=True)),
                ('delivered', models.CharField(blank=True, max_length=255)),
                ('delivered_at', models.DateTimeField(null=True)),
                ('fault', models.CharField(blank=True, max_length=64)),
                ('last', models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='audit.export')),
            ],
            options={
                'verbose_name': 'scheduled export',
                'verbose_name_plural': 'scheduled exports',
                'db_table': 'audit_export_schedule',
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at__isnull', True)), fields=('name',), name='audit_export_schedule_name_once')],
            },
        ),
    ]
