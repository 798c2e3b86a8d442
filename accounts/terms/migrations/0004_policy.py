"""Versions of the policy."""

import django.contrib.postgres.fields
import uuid
from django.db import migrations, models

from accounts.terms.schema_sql import POLICY
from core.db_objects import create


class Migration(migrations.Migration):

    dependencies = [
        ('terms', '0003_transfers'),
    ]

    operations = [
        migrations.CreateModel(
            name='PolicyVersion',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('effective_on', models.DateField()),
                ('text_en', models.TextField()),
                ('text_ar', models.TextField(blank=True)),
                ('summary_en', models.CharField(max_length=500)),
                ('summary_ar', models.CharField(blank=True, max_length=500)),
                ('writers', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), size=None)),
                ('written_at', models.DateTimeField()),
                ('published_at', models.DateTimeField(null=True)),
                ('published_by', models.CharField(blank=True, max_length=32)),
            ],
            options={
                'verbose_name': 'version of the policy',
                'verbose_name_plural': 'privacy policy',
                'constraints': [models.UniqueConstraint(condition=models.Q(('published_at__isnull', False)), fields=('effective_on',), name='terms_policy_one_a_day')],
            },
        ),
        migrations.RunSQL(create(POLICY)),
    ]
