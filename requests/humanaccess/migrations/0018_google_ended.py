"""The end of access to Google data ends grants on what automations hold, and reads of that under others."""

from django.db import migrations

from core.db_objects import create
from humanaccess.access_gate_sql import CODES, GOOGLE_ENDED, OPEN_ITEM


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0017_marks"), ("connections", "0016_github")]
    operations = [
        migrations.RunSQL(create([OPEN_ITEM, *CODES], "humanaccess_open_item", "humanaccess_open_code")),
        migrations.RunSQL(create([GOOGLE_ENDED])),
    ]
