"""Reading asks, grants and what was read. A user's side evaluates these inside `sides.as_subject`."""

from collections.abc import Iterable
from datetime import datetime

from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField
from django.db.models.functions import Coalesce, Least

from accounts.identity.models import User
from audit.models import Entry

from .grounds import REVIEW_WITHIN, RULES, Ground
from .models import Ask, AskItem, Decision, Grant
from .states import Answer, Verdict

_REVIEWED_GROUNDS = [ground.value for ground, rule in RULES.items() if rule.review_each]


def get_user(reference: str) -> User | None:
    """Return the account behind a reference, None when it is gone."""
    return User.objects.filter(reference=reference).first()


def get_names(references: Iterable[str]) -> dict[str, str]:
    """Return reference → user name for the accounts that still are."""
    return dict(User.objects.filter(reference__in=set(references)).values_list("reference", "username"))


def list_asks_of_subject(reference: str) -> QuerySet[Ask]:
    """Return the asks that wait for this user's own answer, or had it, newest first."""
    return (
        Ask.objects.filter(subject=reference, ground=Ground.AGREEMENT).select_related("grant").prefetch_related("items")
    )


def count_waiting(reference: str, now: datetime) -> int:
    """Return how many asks wait for this user's answer."""
    return list_asks_of_subject(reference).filter(state="asked", expires_at__gt=now).count()


def list_refused_before(ask: Ask) -> QuerySet[AskItem]:
    """Return the items of this ask that the user refused, on this or any earlier ask."""
    return AskItem.objects.filter(
        subject=ask.subject, answer=Answer.REFUSED, item__in=ask.items.values("item")
    ).select_related("ask")


def count_approvals(ask: Ask) -> int:
    """Return how many people have approved."""
    return Decision.objects.filter(ask=ask, verdict=Verdict.APPROVED).count()


def approvals_needed(ask: Ask) -> int:
    """Return how many must approve: one, or two once the user has refused one of the items."""
    return 2 if list_refused_before(ask).exists() else 1


def list_granted_items(grant: Grant) -> list[AskItem]:
    """Return the items that may be looked at under this grant."""
    items = AskItem.objects.filter(ask_id=grant.ask_id)
    if grant.ask.rule.approver is None:
        items = items.filter(answer=Answer.AGREED)
    return list(items)


def list_reads(case: str) -> QuerySet[Entry]:
    """Return the lines of the looks under one ask, newest first."""
    return Entry.objects.filter(case_ref=case, event="humanaccess.item.read")


def list_unreviewed(now: datetime) -> QuerySet[Grant]:
    """Return the ended grants that must be reviewed, were read under, and were not reviewed yet."""
    return (
        Grant.objects.filter(ask__ground__in=_REVIEWED_GROUNDS, review__isnull=True)
        .filter(Q(ended_at__isnull=False) | Q(ends_at__lte=now))
        .filter(Exists(Entry.objects.filter(case_ref=OuterRef("ask__reference"), event="humanaccess.item.read")))
        .select_related("ask")
    )


def count_unreviewed(reader: str, now: datetime) -> int:
    """Return how many of this reader's grants wait for review past the time allowed for it."""
    ended = Least(Coalesce(F("ended_at"), F("ends_at")), F("ends_at"))
    return (
        list_unreviewed(now).filter(reader=reader).alias(over_at=ended).filter(over_at__lte=now - REVIEW_WITHIN).count()
    )


def _payload(field: str) -> Func:
    """Return a field of the leaf's payload, as text: the leaf is the truth, nothing is copied beside it."""
    return Func(
        F("leaf"),
        template=f"(convert_from(%(expressions)s, 'UTF8')::jsonb #>> '{{payload,{field}}}')",
        output_field=TextField(),
    )


def list_looks(reference: str, query: str = "") -> QuerySet[Entry]:
    """Return the lines of the looks at a user's data, newest first; `query` fits reader, reference or item."""
    lines = Entry.objects.filter(subject=reference, event="humanaccess.item.read").order_by("-id")
    if not query:
        return lines
    own = Ask.objects.filter(subject=reference)
    readers = User.objects.filter(reference__in=own.values("asker"), username__icontains=query)
    cases = own.filter(Q(reference__icontains=query) | Q(asker__in=readers.values("reference")))
    items = AskItem.objects.filter(subject=reference, label__icontains=query).values_list("item", flat=True)
    return lines.alias(item=_payload("item")).filter(
        Q(case_ref__in=cases.values("reference")) | Q(item__in=[str(item) for item in items])
    )


def list_asks_of_lines(reference: str, lines: Iterable[Entry]) -> list[Ask]:
    """Return the asks that these lines belong to, with their grants."""
    cases = {line.case_ref for line in lines if line.case_ref}
    return list(Ask.objects.filter(subject=reference, reference__in=cases).select_related("grant"))


def list_failed(reference: str, lines: Iterable[Entry]) -> set[str]:
    """Return the ids of those lines after which nothing could be shown."""
    ids = [str(line.pk) for line in lines]
    failed = Entry.objects.filter(subject=reference, event="humanaccess.read.failed").alias(entry=_payload("entry"))
    return set(failed.filter(entry__in=ids).annotate(of=_payload("entry")).values_list("of", flat=True))


def list_asks_for_desk(asker: str | None, show: str, now: datetime) -> QuerySet[Ask]:
    """Return asks for the desk's list, newest first: `asker`'s own, or all with None.

    `show` is `waiting`, `open` (access is open now) or `review` (must be reviewed); anything else is all.
    """
    asks = Ask.objects.select_related("grant").defer("sealed")
    if asker is not None:
        asks = asks.filter(asker=asker)
    if show == "waiting":
        return asks.filter(state="asked", expires_at__gt=now)
    if show == "open":
        return asks.filter(grant__ended_at__isnull=True, grant__ends_at__gt=now)
    if show == "review":
        return asks.filter(grant__in=list_unreviewed(now).values("pk"))
    return asks
