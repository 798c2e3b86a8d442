"""What a person granted at Google, and grants that have ended until Google confirms it."""
import accounts.connections.models
import django.contrib.postgres.fields
import uuid
from django.db import migrations, models

from accounts.connections.schema_sql import GRANTS
from core.db_objects import create


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0011_restricted'),
    ]

    operations = [
        migrations.CreateModel(
            name='GoogleGrant',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.CharField(max_length=32, unique=True)),
                ('account_id', models.CharField(db_index=True, max_length=255)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), size=None)),
                ('sealed', models.BinaryField()),
                ('token_hash', models.CharField(db_index=True, max_length=88)),
                ('granted_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
                ('used_at', models.DateTimeField(null=True)),
                ('checked_at', models.DateTimeField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='Revocation',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.CharField(max_length=32)),
                ('reason', models.CharField(choices=[('user', 'you ended it here'), ('other_account', 'it was of another Google account than the one connected'), ('deletion', 'the account is deleted')], max_length=16)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=64), size=None)),
                ('asked_at', models.DateTimeField()),
                ('wiped_at', models.DateTimeField(db_default=accounts.connections.models.DatabaseTime())),
                ('confirmed_at', models.DateTimeField(null=True)),
                ('sealed', models.BinaryField(null=True)),
                ('attempts', models.PositiveIntegerField(default=0)),
                ('due_at', models.DateTimeField(null=True)),
                ('last_answer', models.CharField(blank=True, max_length=32)),
            ],
            options={
                'indexes': [models.Index(fields=['subject', '-asked_at'], name='connections_revocation_of'), models.Index(condition=models.Q(('due_at__isnull', False)), fields=['due_at'], name='connections_revocation_due')],
            },
        ),
        migrations.AddConstraint(
            model_name='revocation',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('due_at__isnull', True), ('sealed__isnull', True)), models.Q(('confirmed_at__isnull', True), ('due_at__isnull', False), ('sealed__isnull', False)), _connector='OR'), name='connections_revocation_token'),
        ),
        migrations.RunSQL(create(GRANTS)),
    ]
