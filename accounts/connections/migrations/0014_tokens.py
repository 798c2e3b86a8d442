"""The platform is given tokens of automations, and says which automations were deleted."""

import accounts.connections.models
import django.contrib.postgres.fields
from django.db import migrations, models

from accounts.connections.schema_sql import ERASING, MEASURES, TOKENS, TRANSFERS
from core.db_objects import create

_TRANSFERS = ("connections_take_automations", "connections_transfer_faults")


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0013_reasons'),
        ('audit', '0021_tokens'),
    ]

    operations = [
        migrations.AddField(
            model_name='googlegrant',
            name='withheld',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.UUIDField(), db_default=[], default=list, size=None),
        ),
        migrations.CreateModel(
            name='EndedAutomation',
            fields=[
                ('id', models.UUIDField(primary_key=True, serialize=False)),
                ('subject', models.CharField(max_length=32)),
                ('ended_at', models.DateTimeField()),
                ('taken_at', models.DateTimeField(db_default=accounts.connections.models.DatabaseTime())),
                ('settled_at', models.DateTimeField(null=True)),
            ],
            options={
                'indexes': [models.Index(fields=['subject'], name='connections_ended_of'), models.Index(condition=models.Q(('settled_at', None)), fields=['taken_at'], name='connections_ended_unsettled')],
            },
        ),
        migrations.RunSQL(create([*ERASING[:2], *TOKENS, *MEASURES])),
        migrations.RunSQL(create(TRANSFERS, *_TRANSFERS)),
    ]
