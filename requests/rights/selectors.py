"""Reading requests: a user's own, the queue, a request's steps and story."""

import base64
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, DateField, Exists, Func, OuterRef, Q, QuerySet, Value
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from audit.models import Entry

from .events import DOWNLOAD_LASTS, PACKAGE_DOWNLOADED
from .models import Note, RightsRequest, Step
from .states import OPEN, SETTLED, State, StepStatus, Verb

PAGE_SIZE = 50


def list_own_requests(reference: str, *, limit: int = 100) -> list[RightsRequest]:
    """Return a subject's requests, newest first; call inside `sides.as_subject`."""
    rows = RightsRequest.objects.select_related("package").filter(subject=reference)
    return list(rows.order_by("-received_at")[:limit])


def get_own_request(subject: str, reference: str) -> RightsRequest:
    """Return one request of the subject; raises RightsRequest.DoesNotExist for anybody else's."""
    return RightsRequest.objects.select_related("package").get(subject=subject, reference=reference)


def get_open_request(subject: str, kind: str) -> RightsRequest | None:
    """Return the subject's open request of that kind, if there is one."""
    return RightsRequest.objects.filter(subject=subject, kind=kind, state__in=sorted(OPEN)).first()


def get_request(reference: str) -> RightsRequest:
    """Return one request with its people and package, for staff; raises RightsRequest.DoesNotExist."""
    return (
        RightsRequest.objects.select_related("user", "assignee", "package")
        .defer("user__password", "assignee__password")
        .get(reference=reference)
    )


def get_recent_download(subject: str, reference: str, now: datetime) -> Entry | None:
    """Return the entry of the newest download of a package, None where it began too long ago to be gone on with."""
    begun = Entry.objects.filter(case_ref=reference, subject=subject, event=PACKAGE_DOWNLOADED.name, time__lte=now)
    return begun.filter(time__gt=now - timedelta(seconds=DOWNLOAD_LASTS)).order_by("-id").first()


def list_steps(request: RightsRequest) -> list[Step]:
    """Return the steps in order, without their keys."""
    return list(Step.objects.filter(request=request).defer("part_key").order_by("position"))


def list_notes(request: RightsRequest) -> list[Note]:
    """Return the notes, oldest first, still sealed."""
    return list(Note.objects.filter(request=request))


def unsettled_exports(request_id: UUID) -> QuerySet[Step]:
    """Return the steps that the package still waits for."""
    return Step.objects.filter(request_id=request_id, verb=Verb.EXPORT).exclude(status__in=sorted(SETTLED))


def due_steps(now: datetime) -> QuerySet[Step]:
    """Return the steps that somebody should be working on, and nobody is.

    A package waits until every export is settled, so ringing for it before would be noise.
    """
    waiting_for = Step.objects.filter(request_id=OuterRef("request_id"), verb=Verb.EXPORT).exclude(
        status__in=sorted(SETTLED)
    )
    return (
        Step.objects.filter(
            Q(lease_until__isnull=True) | Q(lease_until__lt=now),
            status__in=[StepStatus.WAITING, StepStatus.RUNNING, StepStatus.FAILED],
            due_at__lte=now,
            request__state="in_progress",
        )
        .exclude(Q(verb=Verb.ASSEMBLE) & Exists(waiting_for))
        .order_by("due_at")
    )


@dataclass(frozen=True)
class QueueFilter:
    """What a member of staff wants to see of the queue; empty strings leave everything in."""

    state: str = "open"
    kind: str = ""
    who: str = ""
    overdue: bool = False
    unacknowledged: bool = False
    reference: str = ""


@dataclass(frozen=True)
class QueuePage:
    """One page of the queue; `older` is the cursor of the next one, empty on the last."""

    rows: Sequence[RightsRequest]
    older: str


def overdue_at(now: datetime) -> Q:
    """Return the condition that an answer is overdue: `due_at` is the last moment of `due_on` in the regime's zone."""
    return Q(due_at__lt=now, state__in=sorted(OPEN))


def unacknowledged_at(now: datetime) -> Q:
    """Return the condition that no officer took a request by the day until which it had to be acknowledged."""
    today = Cast(Func(KT("derivation__zone"), Value(now), function="timezone"), DateField())
    return Q(state=State.RECEIVED, acknowledge_by__lt=today)


@dataclass(frozen=True)
class QueueCounts:
    """How many open requests are late, in either way."""

    overdue: int
    unacknowledged: int


def count_late(now: datetime) -> QueueCounts:
    """Count what an officer has to look at first."""
    counted = RightsRequest.objects.filter(state__in=sorted(OPEN)).aggregate(
        overdue=Count("pk", filter=overdue_at(now)),
        unacknowledged=Count("pk", filter=unacknowledged_at(now)),
    )
    return QueueCounts(**counted)


def list_queue(wanted: QueueFilter, *, mine: UUID, now: datetime, cursor: str = "") -> QueuePage:
    """Return one page of requests, the most urgent first, by keyset: page 1000 costs what page 1 costs.

    Raises ValueError for a cursor that is not one of ours.
    """
    rows = RightsRequest.objects.select_related("assignee")
    if wanted.reference:
        rows = rows.filter(reference=wanted.reference.strip().upper())
    elif wanted.state == "open":
        rows = rows.filter(state__in=sorted(OPEN))
    elif wanted.state:
        rows = rows.filter(state=wanted.state)
    if wanted.kind:
        rows = rows.filter(kind=wanted.kind)
    if wanted.who == "mine":
        rows = rows.filter(assignee_id=mine)
    elif wanted.who == "nobody":
        rows = rows.filter(assignee__isnull=True)
    if wanted.overdue:
        rows = rows.filter(overdue_at(now))
    if wanted.unacknowledged:
        rows = rows.filter(unacknowledged_at(now))
    if cursor:
        due_at, row_id = _read_cursor(cursor)
        # The first condition looks redundant: it is what lets the index start at the cursor.
        rows = rows.filter(Q(due_at__gt=due_at) | Q(due_at=due_at, id__gt=row_id), due_at__gte=due_at)
    found = list(rows.order_by("due_at", "id")[: PAGE_SIZE + 1])
    older = _write_cursor(found[PAGE_SIZE - 1]) if len(found) > PAGE_SIZE else ""
    return QueuePage(found[:PAGE_SIZE], older)


def stuck_request_ids(requests: Sequence[RightsRequest]) -> set[UUID]:
    """Return which of these have a parked step, so that the queue says so."""
    parked = Step.objects.filter(request__in=[row.pk for row in requests], status=StepStatus.PARKED)
    return set(parked.values_list("request_id", flat=True))


def _write_cursor(row: RightsRequest) -> str:
    return base64.urlsafe_b64encode(f"{row.due_at.isoformat()}|{row.pk}".encode()).decode()


def _read_cursor(cursor: str) -> tuple[datetime, UUID]:
    due_at, _, row_id = base64.urlsafe_b64decode(cursor.encode()).decode().partition("|")
    read = datetime.fromisoformat(due_at)
    if read.tzinfo is None or read.utcoffset():
        raise ValueError("The cursor's time is not in UTC.")
    return read, UUID(row_id)
