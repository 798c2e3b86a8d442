"""The promise about rights (P17): requests are answered in time and by somebody, and what is restricted is obeyed."""

from datetime import datetime, timedelta

from django.db.models import Case, Exists, F, OuterRef, Q, Value, When
from django.db.models.functions import Coalesce

from audit.log.models import Entry, payload_field
from audit.log.purposes import CATEGORY_READ, DESPITE_RESTRICTION, MACHINE_READS
from core import db
from core.promises import CheckResult, declare_promise, kept_if

from . import events
from .models import ProcessingMark, RightsRequest
from .services.marks import ANALYTICS_RULE
from .states import MarkKind, RequestState

#: how far back answers are looked at
PERIOD = timedelta(days=90)
#: how many of those that break it are named
NAMED = 20
#: entries by which an officer answers a request with a yes
_REVIEWS = (
    events.REQUEST_FULFILLED.name,
    events.REQUEST_CORRECTED.name,
    events.REQUEST_GRANTED.name,
    events.REQUEST_SIGNED_OFF.name,
)


def _answered_in_time(now: datetime) -> CheckResult:
    """Count open, overdue and late requests, and those fulfilled without an officer's entry or a named rule's."""
    answer = Entry.objects.filter(case_ref=OuterRef("reference"), subject=OuterRef("subject"), outcome="ok")
    reviewed = answer.filter(event__in=_REVIEWS, actor__startswith="staff:")
    by_rule = answer.annotate(rule=payload_field("rule")).filter(event=events.REQUEST_GRANTED.name, rule=ANALYTICS_RULE)
    answered = Q(state__in=[RequestState.FULFILLED, RequestState.REFUSED], closed_at__gte=now - PERIOD)
    with db.use_role("auditor"):
        fulfilled = RightsRequest.objects.filter(answered, state=RequestState.FULFILLED)
        unreviewed = fulfilled.exclude(Exists(reviewed) | Exists(by_rule))
        open_ones = RightsRequest.objects.filter(state__in=sorted(RightsRequest.OPEN))
        overdue = open_ones.filter(due_at__lt=Coalesce("paused_since", now))  # a period that rests is judged as it was
        late = RightsRequest.objects.filter(answered, closed_at__gt=F("due_at"))
        wrong = {"overdue": overdue, "late": late, "without_review": unreviewed}
        counted = {name: rows.count() for name, rows in wrong.items()}
        named = {row for rows in wrong.values() for row in rows.values_list("reference", flat=True)[:NAMED]}
        figures = {"open": open_ones.count(), "due": open_ones.count() - counted["overdue"], **counted}
    return kept_if(not named, figures, "; ".join(sorted(named)[:NAMED]))


def _restrictions_obeyed(now: datetime) -> CheckResult:
    """Count machines' reads of data that was marked then, for another purpose than a right or a law."""
    with db.use_role("auditor"):
        marks = ProcessingMark.objects.exclude(kind=MarkKind.DISPUTED)
        marked_then = marks.filter(
            Q(ended_at=None) | Q(ended_at__gt=OuterRef("time")),
            subject=OuterRef("subject"),
            category=OuterRef("holding"),
            since__lte=OuterRef("time"),
        )
        unnamed = Case(*(When(event=event, then=Value(name)) for event, name in CATEGORY_READ.items()))
        reads = Entry.objects.filter(event__in=MACHINE_READS, outcome="ok", time__gte=now - PERIOD)
        reads = reads.annotate(purpose=payload_field("purpose"), holding=Coalesce(payload_field("holding"), unnamed))
        # A purpose that an entry does not name is no exception, and NULL would drop out of NOT IN.
        reads = reads.filter(Q(purpose=None) | ~Q(purpose__in=DESPITE_RESTRICTION), Exists(marked_then))
        figures = {
            "marks": marks.count(),
            "in_force": marks.filter(ended_at=None).count(),
            "read_despite": reads.count(),
        }
        wrong = [str(entry) for entry in reads.order_by("id").values_list("id", flat=True)[:NAMED]]
    return kept_if(not wrong, figures, "; ".join(wrong))


declare_promise(
    "P17", "Requests are answered in time, and none without an officer's review or a named rule", _answered_in_time
)
declare_promise(
    "P17", "Machines read what is restricted or objected to for a right or a law alone", _restrictions_obeyed
)
