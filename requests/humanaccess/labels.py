"""Labels for the codes in this app's log entries."""

from django.utils.translation import gettext_lazy as _

from audit.log.event_types import register_labels

from .models import END_TITLES, STAFF_GROUNDS
from .selectors import get_kind_titles
from .states import Finding

_FINDINGS = {Finding.IN_ORDER.value: _("in order"), Finding.CONCERN.value: _("a concern")}


register_labels(
    "humanaccess",
    kind=lambda code: get_kind_titles().get(code),
    ground={ground.value: title for ground, title in STAFF_GROUNDS.items()}.get,
    reason={reason.value: title for reason, title in END_TITLES.items()}.get,
    finding=_FINDINGS.get,
)
