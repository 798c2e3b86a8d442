"""The words of a ground on which a field could not be corrected."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rights', '0017_own_requests'),
    ]

    operations = [
        migrations.AlterField(
            model_name='correction',
            name='ground',
            field=models.CharField(blank=True, choices=[('accurate', 'what we hold is right'), ('not_shown', 'it was not shown to be wrong'), ('rights_of_others', 'it would affect the rights and freedoms of others'), ('forbidden_by_law', 'a law forbids it (GDPR 23)'), ('changed', 'it was changed meanwhile, or the new value cannot be put in place'), ('unusable', 'it was changed meanwhile, or the new value cannot be put in place'), ('not_held', 'the platform no longer holds it')], max_length=24),
        ),
    ]
