"""Grounds on which a restriction and an objection are refused."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rights', '0018_correction_ground_words'),
    ]

    operations = [
        migrations.AlterField(
            model_name='rightsrequest',
            name='refusal_ground',
            field=models.CharField(blank=True, choices=[('unfounded', 'manifestly unfounded (GDPR 12(5))'), ('excessive', 'excessive, in particular repeated (GDPR 12(5))'), ('not_identified', 'the person could not be identified (GDPR 11(2), 12(2))'), ('rights_of_others', 'the rights and freedoms of others (GDPR 15(4))'), ('forbidden_by_law', 'a law forbids it (GDPR 23)'), ('not_restrictable', 'none of the cases in which use is restricted (GDPR 18(1))'), ('compelling', 'compelling grounds of ours, or legal claims, prevail (GDPR 21(1))')], max_length=24),
        ),
    ]
