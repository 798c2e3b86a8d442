"""Records of an erased person go by a function; sums are uncounted without a join row by row."""

from django.db import migrations

from core.db_objects import create
from accounts.connections.schema_sql import ERASING, SUMS


class Migration(migrations.Migration):
    dependencies = [("connections", "0005_own_names"), ("audit", "0017_erasing")]
    operations = [migrations.RunSQL(create([*SUMS, *ERASING]))]
