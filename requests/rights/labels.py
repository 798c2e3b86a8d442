"""Labels of the codes in this app's log entries."""

from django.utils.translation import gettext_lazy as _

from accounts.personaldata.categories import data_categories
from audit.log.event_types import register_labels

from .states import ExclusionReason, Kind, RefusalGround, Verb

_VERBS = {Verb.EXPORT.value: _("export"), Verb.ASSEMBLE.value: _("put together")}


def _category(name: str) -> object | None:
    return next((category.title for category in data_categories() if category.name == name), None)


register_labels(
    "rights",
    kind=dict(Kind.choices).get,
    ground=dict(RefusalGround.choices).get,
    reason=dict(ExclusionReason.choices).get,
    verb=_VERBS.get,
    holding=_category,
)
