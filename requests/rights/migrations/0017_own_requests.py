"""Corrections, evidence, marks and orders belong to a request of their own subject, and are decided while it is open."""

from django.db import migrations

from accounts.identity.schema_sql import CORRECT
from core.db_objects import create
from rights.schema_sql import CORRECTION_POLICIES, MARK_POLICIES, ORDER_POLICIES


class Migration(migrations.Migration):
    dependencies = [("rights", "0016_correction"), ("workloads", "0017_restricted")]
    # The other policies of orders name a table of connections 0012: rights 0020 creates them.
    operations = [migrations.RunSQL(create([*CORRECTION_POLICIES, *MARK_POLICIES, ORDER_POLICIES[1], CORRECT]))]
