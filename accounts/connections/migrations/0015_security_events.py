"""Security events of Google, and by what they name a token."""

import uuid
from django.db import migrations, models

from accounts.connections.schema_sql import EVENTS
from core.db_objects import create


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0014_tokens'),
    ]

    operations = [
        migrations.AddField(
            model_name='googlegrant',
            name='prefix_hash',
            field=models.CharField(db_default='', db_index=True, default='', max_length=88),
        ),
        migrations.CreateModel(
            name='SecurityEvent',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('jti', models.CharField(max_length=255, unique=True)),
                ('kind', models.CharField(choices=[('token-revoked', 'one permission to use data was taken back'), ('tokens-revoked', 'all permissions to use data were taken back'), ('sessions-revoked', 'all sessions were ended'), ('account-disabled', 'the account was shut'), ('account-enabled', 'the account was opened again'), ('account-purged', 'the account was deleted'), ('account-credential-change-required', 'the account needs a new password'), ('verification', 'a test of the delivery'), ('unknown', 'something else')], max_length=40)),
                ('issued_at', models.DateTimeField()),
                ('received_at', models.DateTimeField(db_index=True)),
                ('identified_by', models.CharField(blank=True, choices=[('account', 'Account'), ('token', 'Token'), ('prefix', 'Prefix')], max_length=8)),
                ('identifier', models.CharField(blank=True, max_length=255)),
                ('settled_at', models.DateTimeField(null=True)),
                ('outcome', models.CharField(blank=True, choices=[('acted', 'Acted'), ('stale', 'Stale'), ('nobody', 'Nobody'), ('noted', 'Noted')], max_length=8)),
            ],
            options={
                'indexes': [models.Index(condition=models.Q(('settled_at__isnull', True)), fields=['received_at'], name='connections_event_unsettled')],
                'constraints': [models.CheckConstraint(condition=models.Q(models.Q(('outcome', ''), ('settled_at__isnull', True)), models.Q(('identifier', ''), ('settled_at__isnull', False), models.Q(('outcome', ''), _negated=True)), _connector='OR'), name='connections_event_settled')],
            },
        ),
        migrations.RunSQL(create(EVENTS)),
    ]
