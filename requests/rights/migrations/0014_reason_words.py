"""Other words for a technical fault, which keeps nobody from reading alone."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rights', '0013_shown_pseudonym'),
    ]

    operations = [
        migrations.AlterField(
            model_name='step',
            name='left_out',
            field=models.CharField(blank=True, choices=[('technical_fault', 'a technical fault stood in the way'), ('held_elsewhere', 'it is held by another controller, who has to be asked'), ('rights_of_others', 'it would affect the rights and freedoms of others'), ('legal_duty', 'a law obliges us to keep it'), ('dispute', 'a dispute needs it'), ('not_deliverable', 'the address takes no mail'), ('everyday_word', 'the user name is an everyday word, and stands there for something else')], max_length=24),
        ),
    ]
