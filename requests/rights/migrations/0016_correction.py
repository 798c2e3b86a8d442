"""Corrections, field by field, and the evidence for them."""

import django.db.models.deletion
import uuid
from django.db import migrations, models

from accounts.identity.schema_sql import CORRECT
from audit.log.schema_sql import FUNCTIONS
from core.db_objects import create
from rights.schema_sql import CORRECTION_POLICIES, ERASING


class Migration(migrations.Migration):

    dependencies = [
        ('rights', '0015_marks'),
        ('identity', '0012_items'),
        ('workloads', '0016_correct'),
    ]

    operations = [
        migrations.AlterField(
            model_name='step',
            name='left_out',
            field=models.CharField(blank=True, choices=[('technical_fault', 'a technical fault stood in the way'), ('held_elsewhere', 'it is held by another controller, who has to be asked'), ('rights_of_others', 'it would affect the rights and freedoms of others'), ('legal_duty', 'a law obliges us to keep it'), ('dispute', 'a dispute needs it'), ('not_deliverable', 'the address takes no mail'), ('everyday_word', 'the user name is an everyday word, and stands there for something else'), ('disproportionate', 'it is impossible, or a disproportionate effort (GDPR 19)')], max_length=24),
        ),
        migrations.AlterField(
            model_name='step',
            name='verb',
            field=models.CharField(choices=[('export', 'export'), ('assemble', 'assemble'), ('erase', 'erase'), ('correct', 'correct'), ('attest', 'attest'), ('inform', 'inform'), ('erase_outside', 'erase_outside'), ('search', 'search'), ('tell', 'tell'), ('shred', 'shred'), ('certify', 'certify')], max_length=16),
        ),
        migrations.CreateModel(
            name='Correction',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.CharField(max_length=32)),
                ('category', models.CharField(max_length=64)),
                ('record', models.UUIDField(null=True)),
                ('field', models.CharField(max_length=64)),
                ('sealed_old', models.BinaryField()),
                ('sealed_new', models.BinaryField()),
                ('sealed_reason', models.BinaryField()),
                ('decision', models.CharField(choices=[('pending', 'not decided yet'), ('accepted', 'accepted'), ('refused', 'refused')], default='pending', max_length=16)),
                ('ground', models.CharField(blank=True, choices=[('accurate', 'what we hold is right'), ('not_shown', 'it was not shown to be wrong'), ('rights_of_others', 'it would affect the rights and freedoms of others'), ('forbidden_by_law', 'a law forbids it (GDPR 23)'), ('changed', 'it was changed otherwise meanwhile'), ('unusable', 'this value cannot be used'), ('not_held', 'the platform no longer holds it')], max_length=24)),
                ('sealed_words', models.BinaryField(null=True)),
                ('decided_by', models.CharField(blank=True, max_length=32)),
                ('decided_at', models.DateTimeField(null=True)),
                ('applied_at', models.DateTimeField(null=True)),
                ('request', models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name='corrections', to='rights.rightsrequest')),
            ],
            options={
                'db_table': 'rights_correction',
                'ordering': ['category', 'record', 'field'],
                'indexes': [models.Index(fields=['subject'], name='rights_correction_of')],
                'constraints': [models.UniqueConstraint(fields=('request', 'category', 'record', 'field'), name='rights_correction_once', nulls_distinct=False)],
            },
        ),
        migrations.CreateModel(
            name='Evidence',
            fields=[
                ('id', models.UUIDField(default=uuid.uuid4, editable=False, primary_key=True, serialize=False)),
                ('subject', models.CharField(max_length=32)),
                ('name', models.CharField(max_length=200)),
                ('media_type', models.CharField(max_length=32)),
                ('size', models.PositiveIntegerField()),
                ('sealed_key', models.BinaryField()),
                ('received_at', models.DateTimeField()),
                ('request', models.OneToOneField(on_delete=django.db.models.deletion.PROTECT, related_name='evidence', to='rights.rightsrequest')),
            ],
            options={
                'db_table': 'rights_evidence',
                'indexes': [models.Index(fields=['subject'], name='rights_evidence_of')],
            },
        ),
        migrations.RunSQL(create([*CORRECTION_POLICIES, *ERASING, CORRECT])),
        # one more entry by which a machine reads
        migrations.RunSQL(create(FUNCTIONS, "audit_ticket")),
    ]
