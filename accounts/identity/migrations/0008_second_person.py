"""Roles count from a time that the database keeps; what one administrator takes from another waits."""

import django.db.models.deletion
import uuid
from django.conf import settings
from django.db import migrations, models

from accounts.identity.schema_sql import ROLES
from core.db_objects import create


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0007_sessions_by_hash'),
    ]

    operations = [
        migrations.AddField(
            model_name='roleassignment',
            name='effective_at',
            field=models.DateTimeField(null=True),
        ),
        migrations.RunSQL("UPDATE identity_roleassignment SET effective_at = confirmed_at", migrations.RunSQL.noop),
        migrations.CreateModel(
            name='PendingChange',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('act', models.CharField(choices=[('suspend', 'suspension'), ('leave', 'leaving the staff'), ('end_role', 'end of a role')], max_length=16)),
                ('asked_by', models.CharField(max_length=32)),
                ('asked_at', models.DateTimeField()),
                ('effective_at', models.DateTimeField()),
                ('settled_at', models.DateTimeField(null=True)),
                ('assignment', models.ForeignKey(null=True, on_delete=django.db.models.deletion.CASCADE, to='identity.roleassignment')),
                ('user', models.ForeignKey(on_delete=django.db.models.deletion.CASCADE, related_name='pending_changes', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'pending change',
                'indexes': [models.Index(condition=models.Q(('settled_at', None)), fields=['effective_at'], name='identity_change_open')],
            },
        ),
        migrations.RunSQL(create(ROLES)),
    ]
