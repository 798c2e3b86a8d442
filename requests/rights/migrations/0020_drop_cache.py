"""A person's own pages and the worker order the platform to drop what is cached from Google, once for each end."""

from django.db import migrations

from core.db_objects import create
from rights.schema_sql import ORDER_POLICIES


class Migration(migrations.Migration):
    dependencies = [
        ("rights", "0019_refusal_grounds"),
        ("workloads", "0018_drop_cache"),
        ("connections", "0016_github"),
    ]
    operations = [migrations.RunSQL(create(ORDER_POLICIES, "workloads_order_made", "workloads_order_applied"))]
