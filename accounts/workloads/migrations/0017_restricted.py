"""A machine's entry opens no table whose data category is restricted, whatever it names; receipts are whole."""

from django.db import migrations

from accounts.workloads.schema_sql import FIRST, ORDERS, PSEUDONYMS, RESTRICTED
from core.db_objects import create

_TICKETS = [f"{table}_ticket" for table in (*RESTRICTED, "workloads_pseudonym")]


class Migration(migrations.Migration):
    dependencies = [("workloads", "0016_correct"), ("audit", "0020_despite")]
    operations = [
        migrations.RunSQL(create([*FIRST, *PSEUDONYMS], *_TICKETS)),
        migrations.RunSQL(
            create(ORDERS, "workloads_keep_order", "workloads_order_house", "workloads_order_answer")
        ),
    ]
