"""Read requests: a user's own, the queue, a request's steps and notes."""

from collections.abc import Sequence
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import DateField, Exists, F, Func, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from accounts.workloads.models import OrderKind, PlatformOrder
from audit.log.models import Entry
from audit.search.queries import Search, everything
from core import db

from .events import DOWNLOAD_LASTS, PACKAGE_DOWNLOADED
from .external_stores import PLATFORM
from .models import LegalHold, ProcessingMark, RequestQuestion, RightsRequest, Step
from .states import (
    BY_HAND,
    LAST_STEPS,
    OPEN,
    PARALLEL,
    RUNNING,
    SETTLED,
    ExclusionReason,
    MarkKind,
    RequestState,
    StepStatus,
    Verb,
)


def list_own_requests(reference: str, *, limit: int = 100) -> list[RightsRequest]:
    """Return a subject's requests, newest first; call inside `db.row_security_for`."""
    rows = RightsRequest.objects.select_related("package").filter(subject=reference)
    return list(rows.order_by("-received_at")[:limit])


def get_own_request(subject: str, reference: str) -> RightsRequest:
    """Return one request of the subject; raises RightsRequest.DoesNotExist for anybody else's."""
    return RightsRequest.objects.select_related("package").get(subject=subject, reference=reference)


def list_open_requests(subject: str) -> list[RightsRequest]:
    """Return the subject's open requests: one of a kind at most."""
    return list(RightsRequest.objects.filter(subject=subject, state__in=sorted(OPEN)))


def get_open_request(subject: str, kind: str) -> RightsRequest | None:
    """Return the subject's open request of that kind, if there is one."""
    return RightsRequest.objects.filter(subject=subject, kind=kind, state__in=sorted(OPEN)).first()


def get_other_open_request(request: RightsRequest) -> RightsRequest | None:
    """Return another open request of the same person, if there is one."""
    others = RightsRequest.objects.filter(subject=request.subject, state__in=sorted(OPEN))
    return others.exclude(pk=request.pk).order_by("received_at").first()


def get_request(reference: str) -> RightsRequest:
    """Return one request with its people and package, for staff; raises RightsRequest.DoesNotExist."""
    return (
        RightsRequest.objects.select_related("user", "assignee", "package", "certificate")
        .defer("user__password", "assignee__password")
        .get(reference=reference)
    )


def list_requests() -> QuerySet[RightsRequest]:
    """Return requests as lists show them: of the people their user names alone."""
    own = [column.name for column in RightsRequest._meta.concrete_fields]
    people = RightsRequest.objects.select_related("user", "assignee")
    return people.only(*own, "user__username", "assignee__username")


def get_recent_download(subject: str, reference: str, now: datetime) -> Entry | None:
    """Return the entry of the newest download of a package, None where it began too long ago to be resumed."""
    started = Entry.objects.filter(case_ref=reference, subject=subject, event=PACKAGE_DOWNLOADED.name, time__lte=now)
    return started.filter(time__gt=now - timedelta(seconds=DOWNLOAD_LASTS)).order_by("-id").first()


def list_steps(request: RightsRequest) -> list[Step]:
    """Return the steps in order, without their keys."""
    return list(Step.objects.filter(request=request).defer("part_key").order_by("position"))


def unsettled_before(step: Step) -> QuerySet[Step]:
    """Return the steps that a step still waits for, which is not one that may run beside others."""
    earlier = Step.objects.filter(request_id=step.request_id, position__lt=step.position)
    return earlier.exclude(status__in=sorted(SETTLED))


#: what roles other than staff may read of a hold
HOLD_FACTS = ("id", "subject", "category", "placed_at", "ends_on", "ended_at")


def active_holds(now: datetime) -> QuerySet[LegalHold]:
    """Return the legal holds in force, without their texts."""
    not_lifted = Q(ended_at=None) | Q(ended_at__gt=now)
    return LegalHold.objects.filter(not_lifted, ends_on__gte=now.date()).only(*HOLD_FACTS)


def list_holds_on(subject: str, now: datetime) -> list[LegalHold]:
    """Return the legal holds in force on a person, those on everything first."""
    return list(active_holds(now).filter(subject=subject).order_by("category", "placed_at"))


def kept_steps(today: date) -> "QuerySet[Step]":
    """Return the steps of deletions that an officer excluded on a ground whose end is to come."""
    excluded = Step.objects.filter(verb=Verb.ERASE, status=StepStatus.EXCLUDED)
    return excluded.exclude(left_out=ExclusionReason.TECHNICAL_FAULT).filter(receipt__until__gte=today.isoformat())


def list_subjects_kept(category: str, now: datetime) -> set[str]:
    """Return the subjects whose records of a data category are kept: by a legal hold, an officer on a ground, or
    because the person had their use restricted, which says that they are stored."""
    kept = kept_steps(now.date()).filter(holding=category)
    restricted = marks_in_force().filter(category=category, kind=MarkKind.RESTRICTED)
    subjects = {name for rows in (kept, restricted) for name in rows.values_list("subject", flat=True)}
    return list_subjects_on_hold(category, now) | subjects


def marks_in_force() -> QuerySet[ProcessingMark]:
    """Return the marks in force, oldest first, with their requests."""
    return ProcessingMark.objects.filter(ended_at=None).select_related("request").order_by("since", "category")


def list_subjects_on_hold(category: str, now: datetime) -> set[str]:
    """Return the references of the people whose data of this category is on hold."""
    return set(active_holds(now).filter(category__in=["", category]).values_list("subject", flat=True))


def steps_on_hold(now: datetime) -> Q:
    """Return the condition that a step waits for a legal hold.

    What a hold names is not erased, and while there is any hold on the person the last steps wait: their key protects
    what is held.
    """
    holds = active_holds(now).filter(subject=OuterRef("subject"))
    is_named = Exists(holds.filter(Q(category="") | Q(category=OuterRef("holding"))))
    return Q(is_named, verb=Verb.ERASE) | Q(Exists(holds), verb__in=[verb.value for verb in LAST_STEPS])


def due_steps(now: datetime) -> QuerySet[Step]:
    """Return the steps that a worker should be working on, and none is.

    One that waits for others is not due before they are settled, nor one that is on hold: enqueuing it would do
    nothing.
    """
    earlier = Step.objects.filter(request_id=OuterRef("request_id"), position__lt=OuterRef("position"))
    unsettled = Exists(earlier.exclude(status__in=sorted(SETTLED)))
    running = (
        Step.due(now).filter(request__state__in=sorted(RUNNING)).exclude(verb__in=BY_HAND).exclude(steps_on_hold(now))
    )
    return running.exclude(~Q(verb__in=sorted(PARALLEL)) & unsettled)


def unacknowledged_at(now: datetime) -> Q:
    """Return the condition that no officer took a request by the day until which it had to be acknowledged."""
    today = Cast(Func(KT("derivation__zone"), Value(now), function="timezone"), DateField())
    return Q(state=RequestState.RECEIVED, acknowledge_by__lt=today)


def awaits_officer() -> Q:
    """Return the condition that a step of a request waits for an officer: it gave up, or is attested by hand."""
    by_hand = Q(verb__in=BY_HAND, status=StepStatus.WAITING) & ~Q(holding=PLATFORM)
    return Q(status=StepStatus.NEEDS_ATTENTION) | by_hand


def open_orders() -> QuerySet[PlatformOrder]:
    """Return the orders that the platform has not answered, but to erase what was settled by hand, oldest first."""
    steps = Step.objects.filter(subject=OuterRef("subject"), holding=PLATFORM, status=StepStatus.WAITING)
    waiting = Exists(steps.filter(verb__in=BY_HAND, request__state=RequestState.IN_PROGRESS))
    return PlatformOrder.objects.filter(
        waiting | ~Q(kind__in=[OrderKind.ERASE, OrderKind.CORRECT]), answered_at=None
    ).order_by("created_at")


def stuck_request_ids(requests: Sequence[RightsRequest]) -> set[UUID]:
    """Return which of these have a step that waits for an officer, for the queue."""
    stuck = Step.objects.filter(awaits_officer(), request__in=[row.pk for row in requests])
    return set(stuck.values_list("request_id", flat=True))


def answered_at(requests: Sequence[RightsRequest]) -> dict[UUID, datetime | None]:
    """Return when the person answered the last question, of those of these where nobody started the work since."""
    waiting = [row.pk for row in requests if row.state == RequestState.VERIFYING]
    since_start = Q(request__started_at=None) | Q(closed_at__gt=F("request__started_at"))
    answers = RequestQuestion.objects.filter(since_start, request__in=waiting, sealed_answer__isnull=False)
    return {each.request_id: each.closed_at for each in answers.order_by("closed_at").only("request_id", "closed_at")}


def get_request_for_update(reference: str) -> RightsRequest:
    """Return the request, locked until the transaction ends; raises RightsRequest.DoesNotExist."""
    return (
        RightsRequest.objects.select_for_update(of=("self",))
        .select_related("user")
        .defer("user__password")
        .get(reference=reference)
    )


def count_own_entries(wanted: Search, limit: int) -> int:
    """Return how many entries of the log fit, `limit` at most; call it in `db.row_security_for`."""
    query = everything(wanted)
    found: int = db.select_value(f"SELECT count(*) FROM ({query.sql} LIMIT %s) counted", [*query.parameters, limit])
    return found
