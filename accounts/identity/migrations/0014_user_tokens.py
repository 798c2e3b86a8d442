"""A person's access tokens, and how they end."""

import django.contrib.postgres.fields
import uuid
from django.db import migrations, models

from accounts.identity.schema_sql import ERASE, USER_TOKENS
from core.db_objects import create


class Migration(migrations.Migration):

    dependencies = [
        ('identity', '0013_restricted'),
    ]

    operations = [
        migrations.CreateModel(
            name='UserToken',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('name', models.CharField(max_length=64, verbose_name='name')),
                ('hash', models.BinaryField(max_length=32, unique=True)),
                ('made_at', models.DateTimeField(verbose_name='made')),
                ('expires_at', models.DateTimeField(verbose_name='expires')),
                ('used_at', models.DateTimeField(null=True, verbose_name='last used')),
                ('revoked_at', models.DateTimeField(null=True, verbose_name='revoked')),
                ('subject', models.CharField(max_length=32)),
                ('scopes', django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), size=None, verbose_name='scopes')),
            ],
            options={
                'verbose_name': 'access token',
                'verbose_name_plural': 'access tokens',
                'indexes': [models.Index(fields=['subject', '-made_at', 'id'], name='identity_usertoken_of')],
            },
        ),
        migrations.RunSQL(create([*USER_TOKENS, ERASE])),
    ]
