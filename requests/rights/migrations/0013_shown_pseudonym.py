"""Staff learn the pseudonym under which they erase a person at a provider, for an entry that says so."""

from django.db import migrations

from core.db_objects import create
from rights.schema_sql import PSEUDONYM


class Migration(migrations.Migration):

    dependencies = [
        ('rights', '0012_accounts_left_behind'),
        ('workloads', '0011_pseudonyms'),
    ]

    operations = [migrations.RunSQL(create([PSEUDONYM]))]
