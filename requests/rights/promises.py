"""The promise about rights (P17): requests are answered in time and by somebody, and what is restricted is obeyed."""

from datetime import datetime, timedelta

from django.db.models import Exists, OuterRef, Q

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
#: entries by which an officer answers a request with a yes
_REVIEWS = (events.REQUEST_FULFILLED.name, events.REQUEST_GRANTED.name, events.REQUEST_SIGNED_OFF.name)


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
        overdue = [row for row in open_ones.filter(due_at__lt=now) if row.days_left(now) < 0]
        late = [row for row in RightsRequest.objects.filter(answered) if row.was_late()]
        named = [*unreviewed.values_list("reference", flat=True), *(row.reference for row in [*overdue, *late])]
        figures = {
            "open": open_ones.count(),
            "due": open_ones.count() - len(overdue),
            "overdue": len(overdue),
            "late": len(late),
            "without_review": unreviewed.count(),
        }
    return kept_if(not named, figures, "; ".join(sorted(named)[:20]))


def _restrictions_obeyed(now: datetime) -> CheckResult:
    """Count machines' reads of data that was marked then, for another purpose than a right or a law."""
    with db.use_role("auditor"):
        marks = ProcessingMark.objects.exclude(kind=MarkKind.DISPUTED)
        reads = Entry.objects.filter(event__in=MACHINE_READS, outcome="ok", subject__in=marks.values("subject"))
        reads = reads.filter(time__gte=now - PERIOD).annotate(
            purpose=payload_field("purpose"), holding=payload_field("holding")
        )
        reads = reads.exclude(purpose__in=DESPITE_RESTRICTION)
        periods = [(mark.subject, mark.category, mark.since, mark.ended_at) for mark in marks]
        wrong = [
            str(read.id)
            for read in reads
            if any(
                (read.subject, read.holding or CATEGORY_READ.get(read.event)) == (subject, category)
                and since <= read.time
                and (ended is None or read.time < ended)
                for subject, category, since, ended in periods
            )
        ]
        figures = {"marks": len(periods), "in_force": sum(ended is None for *_mark, ended in periods)}
    return kept_if(not wrong, {**figures, "read_despite": len(wrong)}, "; ".join(wrong[:20]))


declare_promise(
    "P17", "Requests are answered in time, and none without an officer's review or a named rule", _answered_in_time
)
declare_promise(
    "P17", "Machines read what is restricted or objected to for a right or a law alone", _restrictions_obeyed
)
