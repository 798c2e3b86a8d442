"""The register of transfers: a page of the staff site without a table."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("terms", "0002_retention")]
    operations = [
        migrations.CreateModel(
            name="TransferRegister",
            fields=[],
            options={
                "verbose_name": "register of transfers",
                "verbose_name_plural": "register of transfers",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("terms.processor",),
        ),
    ]
