"""Labels of the codes in this app's log entries."""

from accounts.personaldata.categories import category_title
from audit.log.event_types import register_labels

from .forms import NewProcessorForm
from .models import Acceptance, AnnouncementKind

_FIELDS = {name: field.label for name, field in NewProcessorForm.base_fields.items()}
register_labels(
    "terms",
    fields=_FIELDS.get,
    category=category_title,
    how=dict(Acceptance.How.choices).get,
    kind=dict(AnnouncementKind.choices).get,
)
