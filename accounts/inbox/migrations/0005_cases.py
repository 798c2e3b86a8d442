"""Letters are found by their case."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('inbox', '0004_items'),
    ]

    operations = [
        migrations.AddIndex(
            model_name='letter',
            index=models.Index(condition=models.Q(('case_ref', ''), _negated=True), fields=['case_ref', 'subject'], name='inbox_letter_of_case'),
        ),
    ]
