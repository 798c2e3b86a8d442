"""One rule for services and grants: who holds a role, what was not agreed to, who approved, who is left to review.

Items are kept as facts and no longer as text; asks know whether a reason is their asker's last one again.
"""

from django.db import migrations, models

from core.db_objects import create
from humanaccess import access_gate_sql as gate


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0003_written_at"), ("identity", "0008_second_person")]
    operations = [
        migrations.AddField("ask", "reason_digest", models.CharField(max_length=64, blank=True, db_default="")),
        migrations.AlterField("askitem", "label", models.TextField()),
        migrations.RunSQL(create([*gate.DECISIONS, gate.OPEN_GRANT, gate.OPEN_ITEM])),
    ]
