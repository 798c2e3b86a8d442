"""The lists of ingests, lines and tokens have headings in each language; the tables stay as they are."""

import django.contrib.postgres.fields
import uuid
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('workloads', '0004_shown_sums'),
    ]

    operations = [
        migrations.AlterField(
            model_name='ingest',
            name='began_at',
            field=models.DateTimeField(verbose_name='began'),
        ),
        migrations.AlterField(
            model_name='ingest',
            name='ended_at',
            field=models.DateTimeField(null=True, verbose_name='ended'),
        ),
        migrations.AlterField(
            model_name='ingest',
            name='id',
            field=models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False, verbose_name='number'),
        ),
        migrations.AlterField(
            model_name='ingest',
            name='kept',
            field=models.BigIntegerField(default=0, verbose_name='kept'),
        ),
        migrations.AlterField(
            model_name='ingest',
            name='known',
            field=models.BigIntegerField(default=0, verbose_name='kept before'),
        ),
        migrations.AlterField(
            model_name='ingest',
            name='lines',
            field=models.BigIntegerField(default=0, verbose_name='lines'),
        ),
        migrations.AlterField(
            model_name='ingest',
            name='source',
            field=models.CharField(choices=[('file', 'file'), ('api', 'api')], max_length=8, verbose_name='source'),
        ),
        migrations.AlterField(
            model_name='servicetoken',
            name='expires_at',
            field=models.DateTimeField(verbose_name='expires'),
        ),
        migrations.AlterField(
            model_name='servicetoken',
            name='made_at',
            field=models.DateTimeField(verbose_name='made'),
        ),
        migrations.AlterField(
            model_name='servicetoken',
            name='name',
            field=models.CharField(max_length=64, verbose_name='name'),
        ),
        migrations.AlterField(
            model_name='servicetoken',
            name='revoked_at',
            field=models.DateTimeField(null=True, verbose_name='revoked'),
        ),
        migrations.AlterField(
            model_name='servicetoken',
            name='scopes',
            field=django.contrib.postgres.fields.ArrayField(base_field=models.CharField(max_length=32), size=None, verbose_name='scopes'),
        ),
        migrations.AlterField(
            model_name='servicetoken',
            name='used_at',
            field=models.DateTimeField(null=True, verbose_name='last used'),
        ),
        migrations.AlterField(
            model_name='setasideline',
            name='field',
            field=models.CharField(blank=True, max_length=32, verbose_name='field'),
        ),
        migrations.AlterField(
            model_name='setasideline',
            name='ingest',
            field=models.UUIDField(verbose_name='ingest'),
        ),
        migrations.AlterField(
            model_name='setasideline',
            name='number',
            field=models.BigIntegerField(verbose_name='line'),
        ),
        migrations.AlterField(
            model_name='setasideline',
            name='rule',
            field=models.CharField(max_length=200, verbose_name='rule'),
        ),
    ]
