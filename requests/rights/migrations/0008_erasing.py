"""Notes, questions and packages of an erased person go by a function."""

from django.db import migrations

from core.db_objects import create
from rights.schema_sql import ERASING


class Migration(migrations.Migration):
    dependencies = [("rights", "0007_questions"), ("audit", "0017_erasing")]
    operations = [migrations.RunSQL(create(ERASING))]
