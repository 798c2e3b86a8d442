"""Stored addresses get their normal form, by which they are looked up from now on; where two would meet, both stay."""

from django.db import migrations

from accounts.identity.mailboxes import normal_address

#: capitals, quotes, a dot at the end, and what is not ASCII: all that may be written in another way
_ODD = r'[^!-~]|[A-Z"]|\.$'


def normalise(apps, schema_editor):
    alias = schema_editor.connection.alias
    for label in ("identity.User", "account.EmailAddress", "identity.Invitation"):
        rows = apps.get_model(label).objects.using(alias)
        for key, email in list(rows.filter(email__regex=_ODD).values_list("pk", "email")):
            wanted = normal_address(email)
            if not rows.filter(email=wanted).exists():
                rows.filter(pk=key).update(email=wanted)


class Migration(migrations.Migration):
    dependencies = [
        ("identity", "0004_cache_entry"),
        ("account", "0009_emailaddress_unique_primary_email"),
    ]
    operations = [migrations.RunPython(normalise, migrations.RunPython.noop)]
