"""Records of an erased person go by a function; sums are uncounted without a join row by row."""

from django.db import migrations

from core.db_objects import create
from accounts.workloads.schema_sql import ERASING, SUMS


class Migration(migrations.Migration):
    dependencies = [("workloads", "0006_own_names"), ("audit", "0017_erasing")]
    operations = [migrations.RunSQL(create([*SUMS, *ERASING]))]
