"""Labels for the codes in this app's log entries."""

from audit.log.event_types import register_labels

from .aggregates import QUERIES
from .legal.states import ChallengeOutcome, DelayGround, ProcessKind
from .models import STAFF_GROUNDS
from .selectors import get_kind_titles
from .states import EndReason, Finding, FollowUpKind

register_labels(
    "humanaccess",
    kind=lambda code: get_kind_titles().get(code) or dict([*ProcessKind.choices, *FollowUpKind.choices]).get(code),
    ground={**dict(DelayGround.choices), **{ground.value: title for ground, title in STAFF_GROUNDS.items()}}.get,
    result=dict(ChallengeOutcome.choices).get,
    reason=dict(EndReason.choices).get,
    finding=dict(Finding.choices).get,
    query={query.name: query.title for query in QUERIES.values()}.get,
)
