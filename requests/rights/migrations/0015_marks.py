"""What was chosen on the form of a request, and what is restricted or objected to."""

import uuid

import django.db.models.deletion
from django.db import migrations, models

from audit.log.schema_sql import FUNCTIONS
from core.db_objects import create
from rights.schema_sql import ERASING, MARK_ENDINGS, MARK_POLICIES


class Migration(migrations.Migration):

    dependencies = [
        ('rights', '0014_reason_words'),
        ('audit', '0019_purposes'),
    ]

    operations = [
        migrations.AddField(
            model_name='rightsrequest',
            name='details',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
        migrations.CreateModel(
            name='ProcessingMark',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.CharField(max_length=32)),
                ('category', models.CharField(max_length=64)),
                ('kind', models.CharField(choices=[('restricted', 'restricted'), ('objected', 'objected to'), ('disputed', 'disputed')], max_length=16)),
                ('since', models.DateTimeField()),
                ('ended_at', models.DateTimeField(null=True)),
                ('ended_reason', models.CharField(blank=True, choices=[('person', 'lifted by the person'), ('office', 'lifted by the office'), ('decided', 'the request was answered')], max_length=16)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='marks', to='rights.rightsrequest')),
            ],
            options={
                'db_table': 'rights_mark',
                'constraints': [models.UniqueConstraint(condition=models.Q(('ended_at', None)), fields=('subject', 'category', 'kind'), name='rights_mark_in_force_once'), models.CheckConstraint(condition=models.Q(('ended_at', None), ('ended_at__gte', models.F('since')), _connector='OR'), name='rights_mark_ends_after')],
            },
        ),
        migrations.RunSQL(create([*MARK_POLICIES, *MARK_ENDINGS, *ERASING])),
        migrations.RunSQL(create(FUNCTIONS, "audit_is_restricted", "audit_ticket")),
    ]
