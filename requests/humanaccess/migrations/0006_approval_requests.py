"""An ask is called an approval request in code; tables and columns keep their names."""

import django.db.models.deletion
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("humanaccess", "0005_not_agreed")]
    operations = [
        migrations.SeparateDatabaseAndState(
            state_operations=[
                migrations.RemoveConstraint("askitem", "humanaccess_item_once"),
                migrations.RemoveConstraint("decision", "humanaccess_decision_once"),
                migrations.RenameModel("Counter", "ApprovalCounter"),
                migrations.RenameModel("Ask", "ApprovalRequest"),
                migrations.RenameModel("AskItem", "RequestedItem"),
                migrations.AlterModelOptions(
                    "approvalrequest",
                    {
                        "ordering": ["-asked_at", "-reference"],
                        "verbose_name": "approval request",
                        "verbose_name_plural": "approval requests",
                    },
                ),
                *[
                    operation
                    for model, kind, related in (
                        ("requesteditem", models.ForeignKey, "items"),
                        ("decision", models.ForeignKey, "decisions"),
                        ("grant", models.OneToOneField, "grant"),
                    )
                    for operation in (
                        migrations.RenameField(model, "ask", "approval_request"),
                        migrations.AlterField(
                            model,
                            "approval_request",
                            kind(
                                "humanaccess.approvalrequest",
                                on_delete=django.db.models.deletion.PROTECT,
                                related_name=related,
                                db_column="ask_id",
                            ),
                        ),
                    )
                ],
                migrations.AddConstraint(
                    "requesteditem",
                    models.UniqueConstraint(
                        fields=["approval_request", "kind", "item"], name="humanaccess_item_once"
                    ),
                ),
                migrations.AddConstraint(
                    "decision",
                    models.UniqueConstraint(
                        fields=["approval_request", "decided_by"], name="humanaccess_decision_once"
                    ),
                ),
            ],
        )
    ]
