"""An item is answered while its request waits for the user, and not afterwards."""

from django.db import migrations

from core.db_objects import create
from humanaccess.access_gate_sql import KEEP_REQUESTS


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0014_transfers")]
    operations = [migrations.RunSQL(create(KEEP_REQUESTS, "humanaccess_keep_item"))]
