"""Legal processes, requests for access on the ground of law, and what their person does not see before the notice."""

import django.db.models.deletion
import django.db.models.manager
import uuid
from django.conf import settings
from django.db import migrations, models

from core.db_objects import create
from humanaccess import access_gate_sql as gate
from humanaccess.legal.schema_sql import OBJECTS


class Migration(migrations.Migration):

    dependencies = [
        ('humanaccess', '0009_aggregates'),
        ('audit', '0019_purposes'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.CreateModel(
            name='ProcessCounter',
            fields=[
                ('year', models.PositiveSmallIntegerField(primary_key=True, serialize=False)),
                ('last', models.PositiveIntegerField()),
            ],
            options={
                'abstract': False,
            },
        ),
        migrations.CreateModel(
            name='ProcessNote',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.CharField(max_length=32)),
                ('author', models.CharField(max_length=32)),
                ('written_at', models.DateTimeField()),
                ('sealed', models.BinaryField()),
                ('part', models.CharField(blank=True, choices=[('authority', 'authority'), ('number', 'number'), ('challenge', 'challenge'), ('scope', 'scope'), ('delay', 'delay'), ('production', 'production'), ('recipient', 'recipient'), ('rejection', 'rejection')], max_length=16)),
            ],
            options={
                'ordering': ['written_at', 'id'],
                'abstract': False,
            },
            managers=[
                ('every', django.db.models.manager.Manager()),
            ],
        ),
        migrations.CreateModel(
            name='LegalProcess',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('reference', models.CharField(max_length=20, unique=True)),
                ('subject', models.CharField(max_length=32)),
                ('closed_at', models.DateTimeField(null=True)),
                ('kind', models.CharField(choices=[('court_order', 'court order'), ('search_warrant', 'search warrant'), ('subpoena', 'subpoena'), ('preservation', 'preservation request'), ('emergency', 'emergency disclosure request')], max_length=16)),
                ('country', models.CharField(max_length=2)),
                ('state', models.CharField(choices=[('received', 'received'), ('challenged', 'challenged'), ('scope_agreed', 'scope agreed'), ('produced', 'data handed over'), ('closed', 'closed'), ('rejected', 'rejected')], default='received', max_length=16)),
                ('received_at', models.DateTimeField()),
                ('due_at', models.DateTimeField()),
                ('filed_by', models.CharField(max_length=32)),
                ('filed_at', models.DateTimeField()),
                ('document', models.CharField(max_length=120)),
                ('document_key', models.BinaryField()),
                ('document_type', models.CharField(max_length=32)),
                ('document_bytes', models.PositiveIntegerField()),
                ('document_sha256', models.CharField(max_length=64)),
                ('challenge_outcome', models.CharField(blank=True, choices=[('narrowed', 'upheld, with a narrower scope'), ('withdrawn', 'withdrawn by the authority'), ('rejected', 'rejected: the process stands')], max_length=16)),
                ('categories', models.JSONField(default=list)),
                ('period_from', models.DateField(null=True)),
                ('period_until', models.DateField(null=True)),
                ('produced_at', models.DateTimeField(null=True)),
                ('production_sha256', models.CharField(blank=True, max_length=64)),
                ('notified_at', models.DateTimeField(null=True)),
                ('delay_ground', models.CharField(blank=True, choices=[('order', 'an order forbids to tell them yet'), ('risk', "a risk to somebody's life or safety")], max_length=16)),
                ('delayed_until', models.DateTimeField(null=True)),
                ('assignee', models.ForeignKey(null=True, on_delete=django.db.models.deletion.SET_NULL, related_name='+', to=settings.AUTH_USER_MODEL)),
            ],
            options={
                'verbose_name': 'legal process',
                'verbose_name_plural': 'legal processes',
            },
        ),
        migrations.AddField(
            model_name='approvalrequest',
            name='process',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name='+', to='humanaccess.legalprocess'),
        ),
        migrations.AddConstraint(
            model_name='approvalrequest',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('ground', 'legal'), ('process__isnull', False)), models.Q(models.Q(('ground', 'legal'), _negated=True), ('process__isnull', True)), _connector='OR'), name='humanaccess_ask_of_process'),
        ),
        migrations.AddField(
            model_name='processnote',
            name='request',
            field=models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='+', to='humanaccess.legalprocess'),
        ),
        migrations.AddIndex(
            model_name='legalprocess',
            index=models.Index(fields=['due_at', 'id'], name='humanaccess_process_due'),
        ),
        migrations.AddIndex(
            model_name='legalprocess',
            index=models.Index(fields=['received_at', 'id'], name='humanaccess_process_received'),
        ),
        migrations.AddIndex(
            model_name='legalprocess',
            index=models.Index(fields=['subject', '-received_at'], name='humanaccess_process_of_subject'),
        ),
        migrations.AddIndex(
            model_name='legalprocess',
            index=models.Index(condition=models.Q(('notified_at__isnull', True)), fields=['delayed_until'], name='humanaccess_process_untold'),
        ),
        migrations.AddConstraint(
            model_name='legalprocess',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('delay_ground', ''), ('delayed_until__isnull', True), ('notified_at__isnull', False)), models.Q(models.Q(('delay_ground', ''), _negated=True), ('delayed_until__isnull', False)), _connector='OR'), name='humanaccess_process_delay_ends'),
        ),
        migrations.AddConstraint(
            model_name='legalprocess',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state__in', ['scope_agreed', 'produced']), _negated=True), models.Q(('period_from__isnull', False), ('period_until__gte', models.F('period_from')), models.Q(('categories', []), _negated=True)), _connector='OR'), name='humanaccess_process_scope'),
        ),
        migrations.AddConstraint(
            model_name='legalprocess',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('state', 'produced'), _negated=True), models.Q(('produced_at__isnull', False), models.Q(('production_sha256', ''), _negated=True)), _connector='OR'), name='humanaccess_process_produced'),
        ),
        migrations.AddIndex(
            model_name='processnote',
            index=models.Index(fields=['request', 'written_at'], name='humanaccess_note_of_process'),
        ),
        migrations.RunSQL(
            create(
                [*OBJECTS, gate.OPEN_ITEM, gate.OPEN_GRANT]
                + [each for each in gate.DECISIONS if each.name == "humanaccess_count_approvals"]
            )
        ),
    ]
