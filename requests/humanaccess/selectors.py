"""Queries for approval requests, grants and accesses. A user's own pages evaluate them in `db.row_security_for`."""

from collections.abc import Iterable, Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db.models import (
    Case,
    Count,
    DateTimeField,
    Exists,
    F,
    Func,
    Max,
    Min,
    OuterRef,
    Q,
    QuerySet,
    Subquery,
    TextField,
    Value,
    When,
)  # fmt: skip
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Greatest, Least

from accounts.identity.mailboxes import normal_address
from accounts.identity.models import User
from accounts.identity.policies import accounts_of
from accounts.identity.roles import Role
from accounts.personaldata.item_providers import item_providers
from audit.log import uuid7
from audit.log.models import Entry, payload_field
from core import db

from .aggregates import RUN_EVENT
from .grounds import GLASS_SHOWN, REVIEW_WITHIN, RULES, Ground
from .legal.models import LegalProcess
from .models import Aggregate, ApprovalRequest, Decision, Grant, RequestedItem, Sample
from .states import Answer, ApprovalState, SampleKind


class DatabaseNow(Func):
    """The database's clock, which goes on within a transaction."""

    function = "clock_timestamp"
    arity = 0
    output_field = DateTimeField()


#: events of an item that was read, and of items that were listed
READ, LISTED = "humanaccess.item.read", "humanaccess.items.listed"
GLASS, MEASURED = "humanaccess.glass.broken", "humanaccess.reads.measured"
_REVIEWED_GROUNDS = [ground.value for ground, rule in RULES.items() if rule.review_each]
_SAMPLED_GROUNDS = [ground.value for ground, rule in RULES.items() if rule.is_sampled]
#: how far back an approver is told of other requests of the same asker, and a reviewer of lists opened before a request
EARLIER_WITHIN, LISTED_BEFORE = timedelta(days=90), timedelta(days=1)
#: a run that no sweep drew within this time is not drawn any more
RUNS_DRAWN_WITHIN = timedelta(days=30)


def get_user(reference: str) -> User | None:
    """Return the account with this reference, None when it is gone."""
    return User.objects.filter(reference=reference).first()


def find_subjects(person: str) -> QuerySet[User]:
    """Return the account with exactly this address or reference, if there is one."""
    return User.objects.filter(Q(email=normal_address(person)) | Q(reference=person))


def get_names(references: Iterable[str]) -> dict[str, str]:
    """Return reference → user name for the accounts that still exist."""
    return dict(User.objects.filter(reference__in=set(references)).values_list("reference", "username"))


def get_own_grant(reader: User, request_reference: str) -> Grant | None:
    """Return the grant that this request gave this reader, live or ended; None where it gave them none."""
    return Grant.objects.filter(approval_request__reference=request_reference, reader=reader.reference).first()


def list_withheld(reference: str) -> set[str]:
    """Return the references of the cases about a person of which they are not to know yet, by the database's clock."""
    processes = LegalProcess.objects.filter(subject=reference, notified_at=None, delayed_until__gt=DatabaseNow())
    if not (found := dict(processes.values_list("pk", "reference"))):
        return set()
    requests = ApprovalRequest.objects.filter(process__in=[*found])
    return {*found.values(), *requests.values_list("reference", flat=True)}


def list_own_subjects(user: User) -> set[str]:
    """Return the references of this person's accounts, with those that a legal process is about."""
    return accounts_of(user, LegalProcess.objects.values("subject"))


def list_told_processes(reference: str) -> QuerySet[LegalProcess]:
    """Return the legal processes about a user that they may know of, newest first; call it in `row_security_for`."""
    found = LegalProcess.objects.filter(subject=reference).exclude(reference__in=list_withheld(reference))
    return found.defer("document", "document_key").order_by("-received_at", "-reference")


#: Text, since having Django compose this anew took half the time of a read.
_TO_READ = """
    SELECT g.*, u.email AS subject_address,
        ARRAY(SELECT role FROM identity_roleassignment WHERE user_id = %(reader)s
              AND effective_at <= statement_timestamp() AND ended_at IS NULL) AS roles,
        ARRAY(SELECT email FROM account_emailaddress WHERE user_id = %(reader)s AND verified) AS own,
        ARRAY(SELECT email FROM account_emailaddress WHERE user_id = u.id AND verified) AS theirs
    FROM humanaccess_grant g LEFT JOIN identity_user u ON u.reference = g.subject
    WHERE g.id = %(grant)s
"""
_REQUEST_TO_READ = """
    SELECT a.* FROM humanaccess_ask a JOIN humanaccess_grant g ON g.ask_id = a.id WHERE g.id = %(grant)s
"""


def get_grant_to_read(grant_id: UUID, reader: User) -> Any:
    """Return a grant with what a read is checked against; None where there is no such grant.

    `roles` are those of the reader in force; `own` and `theirs` the verified addresses of reader and subject;
    `subject_address` is the address of the subject's account, None where that is gone.
    """
    parameters = {"grant": grant_id, "reader": reader.pk}
    for grant in Grant.objects.raw(_TO_READ, parameters):
        [grant.approval_request] = ApprovalRequest.objects.raw(_REQUEST_TO_READ, parameters)
        return grant
    return None


def list_requests_of_subject(reference: str) -> QuerySet[ApprovalRequest]:
    """Return the requests that this user answers themselves, answered ones too, newest first."""
    return (
        ApprovalRequest.objects.filter(subject=reference, ground=Ground.AGREEMENT)
        .select_related("grant")
        .prefetch_related("items")
    )


def count_waiting(reference: str, now: datetime) -> int:
    """Return how many requests wait for this user's answer."""
    return list_requests_of_subject(reference).filter(state="asked", expires_at__gt=now).count()


def list_holders(*roles: Role) -> list[User]:
    """Return the members of staff who hold one of these roles now, by the same rule as `humanaccess_open_grant`."""
    holders = RawSQL("SELECT humanaccess_holders(%s)", [[role.value for role in roles]])
    return list(User.objects.filter(reference__in=holders).order_by("reference"))


def list_not_agreed(subject: str, items: Iterable[tuple[str, UUID]]) -> list[tuple[UUID, UUID]]:
    """Return what a user was asked for and did not agree to, of these items (kind, id) and those beside them.

    Beside an item is what is of the same kind, app and hour. Each pair is the id of the earlier RequestedItem and the
    item named now. Needs the staff database role.
    """
    named = list(items)
    columns = [[kind for kind, _item in named], [item for _kind, item in named]]
    return db.select_rows("SELECT asked_item, named FROM humanaccess_not_agreed(%s, %s, %s)", [subject, *columns])


def list_outside_scope(process: LegalProcess, items: Iterable[tuple[str, UUID]]) -> list[UUID]:
    """Return the ids of those of these items (kind, id) that the agreed scope of a legal process does not cover."""
    named = list(items)
    columns = [[kind for kind, _item in named], [item for _kind, item in named]]
    return [item for (item,) in db.select_rows("SELECT humanaccess_outside_scope(%s, %s, %s)", [process.pk, *columns])]


def list_earlier_answers(approval_request: ApprovalRequest) -> list[tuple[RequestedItem, list[RequestedItem]]]:
    """Return the items that the user was asked for on their own agreement and did not agree to, where this request
    names them or items beside them: each with those of this request that it touches."""
    items = list(approval_request.items.all())
    touched: dict[UUID, set[UUID]] = {}
    for row, named in list_not_agreed(approval_request.subject, [(item.kind, item.item) for item in items]):
        touched.setdefault(row, set()).add(named)
    earlier = RequestedItem.objects.filter(pk__in=touched).select_related("approval_request")
    earlier = earlier.order_by("approval_request__reference", "position")
    return [(row, [item for item in items if item.item in touched[row.pk]]) for row in earlier]


def count_earlier_requests(approval_request: ApprovalRequest, now: datetime) -> dict[str, int]:
    """Return state → number of the other requests of this asker on this person in the last months."""
    others = ApprovalRequest.objects.filter(subject=approval_request.subject, asker=approval_request.asker)
    others = others.filter(asked_at__gte=now - EARLIER_WITHIN, asked_at__lte=now).exclude(pk=approval_request.pk)
    over = Q(state=ApprovalState.ASKED, expires_at__lte=now)
    state = Case(When(over, then=Value(ApprovalState.EXPIRED)), default=F("state"), output_field=TextField())
    return dict(others.order_by().values_list(state).annotate(Count("pk")))


def deciders_of(approval_request: ApprovalRequest) -> set[str]:
    """Return the references of who decided on a request."""
    return set(Decision.objects.filter(approval_request=approval_request).values_list("decided_by", flat=True))


def count_approvals(approval_request: ApprovalRequest) -> tuple[int, int]:
    """Return how many approvals count now, and how many are needed; an approval counts while its author holds the
    right. Inside a transaction nobody who approved loses the right until it ends."""
    query = "SELECT approvals, needed FROM humanaccess_count_approvals(%s)"
    [(approvals, needed)] = db.select_rows(query, [approval_request.pk])
    return approvals, needed


def list_granted_items(grant: Grant, **which: Any) -> list[RequestedItem]:
    """Return the items that may be read under this grant: those that `which` filters, or all."""
    items = RequestedItem.objects.filter(approval_request_id=grant.approval_request_id, **which)
    if not grant.approval_request.rule.approvers:
        items = items.filter(answer=Answer.AGREED)
    return list(items)


def list_reads(case: str) -> QuerySet[Entry]:
    """Return the entries of the reads under one approval request, newest first."""
    return Entry.objects.filter(case_ref=case, event=READ)


def count_reads_by_item(case: str) -> dict[str, tuple[int, datetime, datetime]]:
    """Return item's id → how often it was read under one approval request, when first and when last."""
    reads = list_reads(case).order_by().values_list(payload_field("item"))
    return {item: facts for item, *facts in reads.annotate(Count("pk"), Min("time"), Max("time"))}


def list_listings(grant: Grant, now: datetime) -> QuerySet[Entry]:
    """Return the entries by which the reader listed items of this person, from a day before they asked for access until
    it ended, newest first."""
    since, until = grant.approval_request.asked_at - LISTED_BEFORE, grant.end_of(now) or now
    entries = Entry.objects.filter(subject=grant.subject, event=LISTED, actor=f"staff:{grant.reader}")
    return entries.filter(id__gte=uuid7.first_from(since), time__lte=until).order_by("-id")


def _is_used() -> Exists:
    return Exists(Entry.objects.filter(case_ref=OuterRef("approval_request__reference"), event=READ))


def _is_over(now: datetime) -> Q:
    return Q(ended_at__isnull=False) | Q(ends_at__lte=now)


def list_undrawn(now: datetime) -> QuerySet[Grant]:
    """Return the grants that were used, and of which chance has not yet decided whether they are reviewed."""
    sampled = Grant.objects.filter(approval_request__ground__in=_SAMPLED_GROUNDS)
    return sampled.filter(_is_over(now), _is_used(), ~Exists(_drawn_for("pk")))


def list_undrawn_runs(now: datetime) -> QuerySet[Entry]:
    """Return the entries of runs of the last month of which chance has not yet decided."""
    runs = Entry.objects.filter(event=RUN_EVENT, outcome="ok", id__gte=uuid7.first_from(now - RUNS_DRAWN_WITHIN))
    return runs.filter(~Exists(_drawn_for("pk"))).order_by("id")


def _drawn_for(key: str) -> QuerySet[Sample]:
    return Sample.objects.filter(pk=OuterRef(key))


def list_unreviewed(now: datetime) -> QuerySet[Grant]:
    """Return the ended grants that must be reviewed and were not yet: of those used to read, and every break-glass."""
    is_due = Q(approval_request__ground__in=_REVIEWED_GROUNDS) | Exists(_drawn_for("pk").filter(drawn=True))
    wanted = Q(approval_request__break_glass=True) | is_due & Q(_is_used())
    return Grant.objects.filter(_is_over(now), wanted, review__isnull=True).select_related("approval_request")


def list_unsettled() -> QuerySet[Grant]:
    """Return the grants whose review found a concern that nobody has settled yet, by when that is due."""
    found = Grant.objects.filter(review__follow_up__isnull=False, review__follow_up__settled_at=None)
    return found.select_related("approval_request", "review__follow_up").order_by("review__follow_up__due_on")


def needs_review(grant: Grant) -> bool:
    """Return whether this grant is reviewed once it has ended: by its ground, or since it was drawn."""
    return grant.approval_request.rule.review_each or Sample.objects.filter(pk=grant.pk, drawn=True).exists()


def list_drawn_runs() -> QuerySet[Sample]:
    """Return the runs of aggregate queries that were drawn, newest first."""
    return Sample.objects.filter(kind=SampleKind.RUN, drawn=True).order_by("-drawn_at", "-pk")


def count_unreviewed(reader: User, now: datetime) -> int:
    """Return how many grants of this reader wait for review, of whichever staff account of theirs: past the time
    allowed for it, or after break-glass."""
    readers = accounts_of(reader, User.objects.filter(is_staff=True).values("reference"))
    ended = Least(Coalesce(F("ended_at"), F("ends_at")), F("ends_at"))
    # What was drawn counts from then on: nobody could review it before.
    since = Greatest(ended, Subquery(_drawn_for("pk").values("drawn_at")))
    is_late = Q(over_at__lte=now - REVIEW_WITHIN) | Q(approval_request__break_glass=True)
    return list_unreviewed(now).filter(reader__in=readers).alias(over_at=since).filter(is_late).count()


def count_glass(reference: str, now: datetime) -> int:
    """Return how often a user's data was opened without a decision of late: their pages say so for seven days."""
    broken = ApprovalRequest.objects.filter(subject=reference, break_glass=True)
    return broken.filter(state=ApprovalState.OPENED, asked_at__gt=now - GLASS_SHOWN).count()


def list_broken_glass() -> QuerySet[Any]:
    """Return the grants that opened without a decision and are not reviewed yet, live ones too, with `reader_name`."""
    unreviewed = Grant.objects.filter(approval_request__break_glass=True, review__isnull=True)
    name = User.objects.filter(reference=OuterRef("reader")).values("username")
    return unreviewed.select_related("approval_request").annotate(reader_name=Subquery(name))


def last_reads_measured() -> Any:
    """Return the newest entry of P12 worked out anew, with its `state` and `exceptions`; None where there is none."""
    found = Entry.objects.filter(event=MEASURED).annotate(
        state=payload_field("state"), exceptions=payload_field("exceptions")
    )
    return found.order_by("-id").first()


def get_kind_titles() -> dict[str, str]:
    """Return kind of item → its title in the active language."""
    return {provider.kind: str(provider.title) for provider in item_providers()}


def list_granted_items_of(reference: str) -> list[RequestedItem]:
    """Return a user's items to which access was ever open."""
    return list(RequestedItem.objects.filter(subject=reference, approval_request__grant__isnull=False))


def list_accesses(reference: str, query: str = "", names: Mapping[UUID, str] | None = None) -> QuerySet[Entry]:
    """Return the entries of reads and listings of a user's items, and of access without a decision, newest first.

    `query` matches the reader, the reference, the item's title or its name, by `names`, or the kind of what was listed.
    """
    entries = Entry.objects.filter(subject=reference, event__in=[READ, LISTED, GLASS]).order_by("-id")
    if not query:
        return entries
    wanted = query.casefold()
    own = ApprovalRequest.objects.filter(subject=reference)
    staff = User.objects.filter(Q(is_staff=True) | Q(reference__in=own.values("asker")))
    readers = staff.filter(username__icontains=query).values_list("reference", flat=True)
    cases = own.filter(reference__icontains=query)
    items = [
        str(item.item)
        for item in list_granted_items_of(reference)
        if wanted in item.title.casefold() or wanted in (names or {}).get(item.item, "").casefold()
    ]
    kinds = [kind for kind, title in get_kind_titles().items() if wanted in title.casefold()]
    return entries.alias(item=payload_field("item"), kind=payload_field("kind")).filter(
        Q(actor__in=[f"staff:{reader}" for reader in readers])
        | Q(case_ref__in=cases.values("reference"))
        | Q(item__in=items)
        | Q(event=LISTED, kind__in=kinds)
    )


def list_requests_of_entries(reference: str, entries: Iterable[Entry]) -> list[ApprovalRequest]:
    """Return the requests that these entries belong to, with their grants."""
    cases = {entry.case_ref for entry in entries if entry.case_ref}
    return list(ApprovalRequest.objects.filter(subject=reference, reference__in=cases).select_related("grant__review"))


def list_failed(reference: str, entries: Iterable[Entry]) -> set[str]:
    """Return the ids of those entries after which nothing could be shown."""
    ids = [str(entry.pk) for entry in entries]
    failed = Entry.objects.filter(subject=reference, event="humanaccess.read.failed").alias(
        entry=payload_field("entry")
    )
    return set(failed.filter(entry__in=ids).annotate(of=payload_field("entry")).values_list("of", flat=True))


def list_aggregates() -> QuerySet[Aggregate]:
    """Return the stored aggregates, newest week first, without what the staff role does not see of them."""
    return Aggregate.objects.defer("largest_share").order_by("-week")
