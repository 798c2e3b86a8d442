"""Processors and changes of them are announced before they take effect."""
import django.db.models.deletion
from django.db import migrations, models

from accounts.terms.schema_sql import ANNOUNCEMENTS
from core.db_objects import create


class Migration(migrations.Migration):

    dependencies = [
        ('terms', '0005_acceptances'),
    ]

    operations = [
        migrations.AddField(
            model_name='announcement',
            name='effective_on',
            field=models.DateField(null=True),
        ),
        migrations.AddField(
            model_name='announcement',
            name='processor',
            field=models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, to='terms.processor'),
        ),
        migrations.AddField(
            model_name='processor',
            name='pending',
            field=models.JSONField(null=True),
        ),
        migrations.AddField(
            model_name='processor',
            name='pending_on',
            field=models.DateField(null=True),
        ),
        migrations.AddConstraint(
            model_name='announcement',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(models.Q(('kind', 'processors'), _negated=True), ('effective_on', None), ('processor', None)), models.Q(('apps', []), ('effective_on__isnull', False), ('kind', 'processors'), ('processor__isnull', False), ('text_ar', ''), ('text_en', ''), ('title_ar', ''), ('title_en', ''), ('version', None)), _connector='OR'), name='terms_announcement_of_processor'),
        ),
        migrations.RunSQL(create(ANNOUNCEMENTS), migrations.RunSQL.noop),
    ]
