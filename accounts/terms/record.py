"""The record of processing activities (GDPR article 30), from the data categories' declarations and the register."""

from typing import Any

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.personaldata.categories import data_categories
from audit.exports.csv_format import spreadsheet

from .models import Processor


def record_of_processing() -> dict[str, Any]:
    """Return the record in the active language, JSON-ready."""
    register = {processor.slug: processor for processor in Processor.objects.all()}
    return {
        "controller": settings.CONTROLLER_NAME,
        "contact": settings.PRIVACY_CONTACT,
        "people": _("Users of the service, and members of the office's staff in what concerns their accounts."),
        "security": _(
            "Each process has a database role of its own, and each staff page a role and a second factor. What is "
            "restricted is encrypted under a key for each person, and staff read it only under a grant and after an "
            "entry in a signed log."
        ),
        "activities": [
            {
                "category": category.name,
                "title": str(category.title),
                "purposes": [str(purpose) for purpose in category.purposes],
                "legal_basis": str(category.legal_basis),
                "data": [str(meaning) for meaning in category.fields.values()],
                "processors": [_told(register[slug]) if slug in register else slug for slug in category.processors],
                "other_recipients": [str(recipient) for recipient in category.recipients],
                "source": str(category.source),
                "retention": str(category.retention),
                "stays_after_erasure": [
                    _("; ").join(map(str, (each.what, each.ground, each.until))) for each in category.stays
                ],
                "restricted": category.restricted,
            }
            for category in data_categories()
        ],
    }


def _told(processor: Processor) -> str:
    facts = [fact for fact in (processor.country_label, processor.contract) if fact]
    return f"{processor.label} ({_('; ').join(facts)})" if facts else str(processor.label)


def csv_of(record: dict[str, Any]) -> str:
    """Return one row for each activity."""
    shared = {name: value for name, value in record.items() if name != "activities"}
    rows = [{**activity, **shared} for activity in record["activities"]]
    cells = (["\n".join(value) if isinstance(value, list) else value for value in row.values()] for row in rows)
    return spreadsheet([rows[0], *cells])
