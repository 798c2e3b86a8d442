"""Reading asks, grants and what was read. A user's side evaluates these inside `sides.as_subject`."""

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

from django.db.models import Exists, F, Func, OuterRef, Q, QuerySet, TextField
from django.db.models.expressions import RawSQL
from django.db.models.functions import Coalesce, Least

from accounts.identity.models import User
from accounts.identity.ports import sources
from accounts.identity.roles import Role
from audit import sides
from audit.models import Entry

from .grounds import REVIEW_WITHIN, RULES, Ground
from .models import Ask, AskItem, Decision, Grant
from .states import Answer

#: the lines of a look, and of a listing: what a person did with a user's data
READ, LISTED = "humanaccess.item.read", "humanaccess.items.listed"
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


def list_holders(*roles: Role) -> list[User]:
    """Return the members of staff who hold one of these roles now, as the grant function counts them."""
    held = RawSQL("SELECT humanaccess_holders(%s)", [[role.value for role in roles]])
    return list(User.objects.filter(reference__in=held).order_by("reference"))


def list_not_agreed(subject: str, items: Iterable[tuple[str, UUID]]) -> list[tuple[UUID, UUID]]:
    """Return what a user was asked for and did not agree to, of these items (kind, id) and those beside them.

    Beside an item is what is of the same kind, app and hour. Pairs of the item asked for then, as its row's id, and
    the one named now. The staff side may ask.
    """
    named = list(items)
    with sides.connection().cursor() as cursor:
        cursor.execute(
            "SELECT asked_item, named FROM humanaccess_not_agreed(%s, %s, %s)",
            [subject, [kind for kind, _item in named], [item for _kind, item in named]],
        )
        found: list[tuple[UUID, UUID]] = cursor.fetchall()
    return found


def list_refused_before(ask: Ask) -> list[AskItem]:
    """Return the items that the user was asked for on their own agreement and did not agree to, which this ask names
    or lies beside."""
    found = list_not_agreed(ask.subject, ask.items.values_list("kind", "item"))
    asked = AskItem.objects.filter(pk__in={row for row, _named in found})
    return list(asked.select_related("ask").order_by("ask__reference", "position"))


def deciders_of(ask: Ask) -> set[str]:
    """Return the references of who decided on an ask."""
    return set(Decision.objects.filter(ask=ask).values_list("decided_by", flat=True))


def count_approvals(ask: Ask) -> tuple[int, int]:
    """Return how many approvals count now, and how many are needed; an approval counts while its author holds the
    right. Inside a transaction nobody who approved loses the right until it ends."""
    with sides.connection().cursor() as cursor:
        cursor.execute("SELECT approvals, needed FROM humanaccess_count_approvals(%s)", [ask.pk])
        approvals, needed = cursor.fetchone()
    return approvals, needed


def list_granted_items(grant: Grant) -> list[AskItem]:
    """Return the items that may be looked at under this grant."""
    items = AskItem.objects.filter(ask_id=grant.ask_id)
    if grant.ask.rule.approver is None:
        items = items.filter(answer=Answer.AGREED)
    return list(items)


def list_reads(case: str) -> QuerySet[Entry]:
    """Return the lines of the looks under one ask, newest first."""
    return Entry.objects.filter(case_ref=case, event=READ)


def list_unreviewed(now: datetime) -> QuerySet[Grant]:
    """Return the ended grants that must be reviewed, were read under, and were not reviewed yet."""
    return (
        Grant.objects.filter(ask__ground__in=_REVIEWED_GROUNDS, review__isnull=True)
        .filter(Q(ended_at__isnull=False) | Q(ends_at__lte=now))
        .filter(Exists(Entry.objects.filter(case_ref=OuterRef("ask__reference"), event=READ)))
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


def get_kind_titles() -> dict[str, str]:
    """Return kind of item → what such items are called in the active language."""
    return {source.kind: str(source.title) for source in sources()}


def list_looks(reference: str, query: str = "") -> QuerySet[Entry]:
    """Return the lines of the looks at a user's data and of the listings of their items, newest first.

    `query` fits the reader, the reference, the item as its owner reads it, or the kind of what was listed.
    """
    lines = Entry.objects.filter(subject=reference, event__in=[READ, LISTED]).order_by("-id")
    if not query:
        return lines
    wanted = query.casefold()
    own = Ask.objects.filter(subject=reference)
    staff = User.objects.filter(Q(is_staff=True) | Q(reference__in=own.values("asker")))
    readers = staff.filter(username__icontains=query).values_list("reference", flat=True)
    cases = own.filter(reference__icontains=query)
    items = [
        str(item.item)
        for item in AskItem.objects.filter(subject=reference, ask__grant__isnull=False)
        if wanted in item.title.casefold()
    ]
    kinds = [kind for kind, title in get_kind_titles().items() if wanted in title.casefold()]
    return lines.alias(item=_payload("item"), kind=_payload("kind")).filter(
        Q(actor__in=[f"staff:{reader}" for reader in readers])
        | Q(case_ref__in=cases.values("reference"))
        | Q(item__in=items)
        | Q(event=LISTED, kind__in=kinds)
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
