"""Who accepted which version of the policy, and what is announced; everybody is told of the version in force, and of those to come."""

import django.contrib.postgres.fields
import django.db.models.deletion
import uuid
from django.db import migrations, models

from accounts.terms.schema_sql import ACCEPTANCES, ANNOUNCEMENTS
from core.db_objects import create

_CURRENT = """
INSERT INTO terms_announcement
    (id, kind, version_id, title_en, title_ar, text_en, text_ar, apps, writers, written_at, released_at, released_by)
SELECT gen_random_uuid(), 'policy', id, '', '', '', '', '{}', writers, published_at, published_at, published_by
FROM terms_policyversion WHERE published_at IS NOT NULL AND effective_on >= coalesce(
    (SELECT max(v.effective_on) FROM terms_policyversion v
     WHERE v.published_at IS NOT NULL AND v.effective_on <= (now() AT TIME ZONE 'UTC')::date), '-infinity')
"""


class Migration(migrations.Migration):

    dependencies = [
        ('terms', '0004_policy'),
        ('audit', '0018_may_erase'),
        ('identity', '0013_restricted'),
        ('inbox', '0005_cases'),
        ('workloads', '0018_drop_cache'),
    ]

    operations = [
        migrations.AddField(
            model_name='policyversion',
            name='must_accept',
            field=models.BooleanField(db_default=False, default=False),
        ),
        migrations.CreateModel(
            name='Announcement',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('kind', models.CharField(choices=[('policy', 'new version of the policy'), ('processors', 'change of the processors'), ('security', 'security'), ('service', 'change of the service')], max_length=10)),
                ('title_en', models.CharField(blank=True, max_length=150)),
                ('title_ar', models.CharField(blank=True, max_length=150)),
                ('text_en', models.TextField(blank=True)),
                ('text_ar', models.TextField(blank=True)),
                ('apps', django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), default=list, size=None)),
                ('writers', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), size=None)),
                ('written_at', models.DateTimeField()),
                ('released_at', models.DateTimeField(null=True)),
                ('released_by', models.CharField(blank=True, max_length=32)),
                ('position', models.UUIDField(null=True)),
                ('finished_at', models.DateTimeField(null=True)),
                ('version', models.OneToOneField(null=True, on_delete=django.db.models.deletion.DO_NOTHING, to='terms.policyversion')),
            ],
            options={
                'verbose_name': 'announcement',
                'verbose_name_plural': 'announcements',
                'ordering': ('-written_at',),
            },
        ),
        migrations.CreateModel(
            name='Acceptance',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.CharField(max_length=32)),
                ('how', models.CharField(choices=[('sign_up', 'by creating the account'), ('continued', 'by going on using the service'), ('explicit', 'by saying so')], max_length=9)),
                ('cause', models.CharField(max_length=80)),
                ('recorded_at', models.DateTimeField()),
                ('seen_at', models.DateTimeField(null=True)),
                ('version', models.ForeignKey(on_delete=django.db.models.deletion.DO_NOTHING, to='terms.policyversion')),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('subject', 'version'), name='terms_acceptance_once')],
            },
        ),
        migrations.RunSQL(create([*ACCEPTANCES, *ANNOUNCEMENTS])),
        migrations.RunSQL(_CURRENT, migrations.RunSQL.noop),
    ]
