"""No entry shows the platform's role a restricted grant; staff list no automation that was deleted."""

from django.db import migrations, models

from accounts.connections.schema_sql import FIRST, TOKENS
from core.db_objects import create

_CHANGED = (
    "connections_googlegrant_lent",
    "connections_googlegrant_used",
    "connections_unneeded",
    "connections_outline_automations",
)


class Migration(migrations.Migration):
    dependencies = [("connections", "0017_withheld")]
    operations = [
        migrations.AlterField(
            model_name="revocation",
            name="reason",
            field=models.CharField(
                choices=[
                    ("user", "you ended it here"),
                    ("other_account", "it was of another Google account than the one connected"),
                    ("deletion", "the account is deleted"),
                    ("google", "it ended at Google"),
                    ("unneeded", "no automation needs it any more"),
                ],
                max_length=16,
            ),
        ),
        migrations.RunSQL(create([*FIRST, *TOKENS], *_CHANGED)),
    ]
