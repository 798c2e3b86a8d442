"""What was chosen on the form of a request."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('rights', '0014_reason_words'),
    ]

    operations = [
        migrations.AddField(
            model_name='rightsrequest',
            name='details',
            field=models.JSONField(db_default=models.Value({}, models.JSONField()), default=dict),
        ),
    ]
