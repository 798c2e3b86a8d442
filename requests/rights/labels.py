"""Labels of the codes in this app's log entries."""

from accounts.personaldata.categories import data_categories
from audit.log.event_types import register_labels

from .states import ExclusionReason, Kind, RefusalGround, Verb


def _category(name: str) -> object | None:
    return next((category.title for category in data_categories() if category.name == name), None)


register_labels(
    "rights",
    kind=dict(Kind.choices).get,
    ground=dict(RefusalGround.choices).get,
    reason=dict(ExclusionReason.choices).get,
    verb=dict(Verb.choices).get,
    holding=_category,
)
