"""Texts of an erased person go by a function; nothing else of their rows changes."""

from django.db import migrations

from core.db_objects import create
from humanaccess.access_gate_sql import ERASING


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0007_cases"), ("audit", "0017_erasing")]
    operations = [migrations.RunSQL(create(ERASING))]
