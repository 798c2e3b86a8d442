"""In what way a place outside contradicts the log."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('audit', '0010_stamped_entries'),
    ]

    operations = [
        migrations.AddField(
            model_name='delivery',
            name='contradiction',
            field=models.CharField(blank=True, db_default='', default='', choices=[('forked', 'it knows another history of the log'), ('taken_away', 'it has seen entries that were taken away here'), ('deleted', 'it has a checkpoint that was deleted here'), ('foreign', 'it holds a checkpoint that no key of ours signed')], max_length=10),
        ),
    ]
