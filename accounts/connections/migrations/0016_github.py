"""Where a grant was, and the token by which an authorisation at GitHub is ended."""
import uuid
from django.db import migrations, models

from accounts.connections.schema_sql import AT_GITHUB
from core.db_objects import create


class Migration(migrations.Migration):

    dependencies = [
        ('connections', '0015_security_events'),
    ]

    operations = [
        migrations.AddField(
            model_name='revocation',
            name='provider',
            field=models.CharField(choices=[('google', 'Google'), ('github', 'GitHub')], db_default='google', max_length=16),
        ),
        migrations.CreateModel(
            name='GitHubGrant',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.CharField(max_length=32)),
                ('account_id', models.CharField(db_index=True, max_length=255)),
                ('sealed', models.BinaryField()),
                ('granted_at', models.DateTimeField()),
                ('changed_at', models.DateTimeField()),
            ],
            options={
                'constraints': [models.UniqueConstraint(fields=('subject', 'account_id'), name='connections_githubgrant_account')],
            },
        ),
        migrations.RunSQL(create(AT_GITHUB)),
    ]
