"""The register of processors, with the providers that the privacy policy of 3 March 2026 speaks of."""

from datetime import date

from django.db import migrations, models
from django.utils.translation import gettext_noop as _

from accounts.terms.schema_sql import PROCESSORS as OBJECTS
from core.db_objects import create

_NAMED_ON = date(2026, 3, 3)
_HOSTING = _("hosting the service and the applications that users deploy")
_FIRST = (
    ("aws", "Amazon Web Services", _HOSTING, "US", "https://aws.amazon.com/privacy/"),
    ("google-cloud", "Google Cloud", _HOSTING, "US", "https://cloud.google.com/terms/cloud-privacy-notice"),
    ("azure", "Microsoft Azure", _HOSTING, "US", "https://www.microsoft.com/en-us/privacy/privacystatement"),
    ("stripe", "Stripe", _("processing payments"), "US", "https://stripe.com/privacy"),
    ("mail", _("E-mail provider"), _("carrying our e-mail"), "", ""),
    ("mixpanel", "Mixpanel", _("statistics of how the service is used, from anonymised or pseudonymised data"), "US", "https://mixpanel.com/legal/privacy-policy/"),
    ("sentry", "Sentry", _("finding errors and watching performance, from anonymised or pseudonymised data"), "US", "https://sentry.io/privacy/"),
)


def _enter_first(apps, schema_editor):
    processors = apps.get_model("terms", "Processor").objects.using(schema_editor.connection.alias)
    for slug, name, purpose, country, url in _FIRST:
        processors.create(slug=slug, name=name, purpose=purpose, country=country, since_on=_NAMED_ON, privacy_url=url)


class Migration(migrations.Migration):
    initial = True
    dependencies = [("audit", "0010_stamped_entries")]
    operations = [
        migrations.CreateModel(
            name="Processor",
            fields=[
                ("slug", models.SlugField(max_length=63, primary_key=True, serialize=False)),
                ("name", models.CharField(max_length=100)),
                ("purpose", models.CharField(max_length=200)),
                ("country", models.CharField(blank=True, max_length=2)),
                ("contract", models.CharField(blank=True, max_length=200)),
                ("contract_on", models.DateField(null=True)),
                ("since_on", models.DateField()),
                ("due_diligence_on", models.DateField(null=True)),
                ("review_due_on", models.DateField(null=True)),
                ("privacy_url", models.URLField(blank=True)),
                ("ended_at", models.DateTimeField(null=True)),
            ],
            options={
                "verbose_name": "processor",
                "verbose_name_plural": "processors",
                "ordering": ("name",),
                "constraints": [
                    models.CheckConstraint(
                        condition=models.Q(("privacy_url", ""), ("privacy_url__startswith", "https://"), _connector="OR"),
                        name="terms_processor_https",
                    )
                ],
            },
        ),
        migrations.CreateModel(
            name="ProcessingRecord",
            fields=[],
            options={
                "verbose_name": "record of processing",
                "verbose_name_plural": "record of processing",
                "proxy": True,
                "indexes": [],
                "constraints": [],
            },
            bases=("terms.processor",),
        ),
        migrations.RunSQL(create(OBJECTS)),
        migrations.RunPython(_enter_first, migrations.RunPython.noop),
    ]
