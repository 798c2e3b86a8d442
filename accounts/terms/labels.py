"""Labels of the codes in this app's log entries."""

from accounts.personaldata.categories import data_categories
from audit.log.event_types import register_labels

from .forms import ProcessorForm


def _title(name: str) -> object | None:
    """Return the title of a data category."""
    return {category.name: category.title for category in data_categories()}.get(name)


register_labels(
    "terms", fields={name: field.label for name, field in ProcessorForm.base_fields.items()}.get, category=_title
)
