"""A machine's entry opens no table whose data category is restricted, whatever it names."""

from django.db import migrations

from accounts.connections.schema_sql import FIRST, RESTRICTED, TRANSFERS
from core.db_objects import create

_TICKETS = [f"{table}_ticket" for table in (*RESTRICTED, "connections_transfer")]


class Migration(migrations.Migration):
    dependencies = [("connections", "0010_transfers"), ("audit", "0020_despite")]
    operations = [migrations.RunSQL(create([*FIRST, *TRANSFERS], *_TICKETS))]
