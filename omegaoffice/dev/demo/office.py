"""An office in full work: rights requests and approval requests of every kind, state and age, made through the services.

Times lie in the past, as services take them; items are read at the real time only: the database goes by its own clock.
"""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import cycle

from accounts.identity.models import User
from accounts.personaldata.item_providers import NamedItem
from core import db
from humanaccess import services as access
from humanaccess.grounds import Ground
from humanaccess.models import ApprovalRequest
from humanaccess.states import Finding
from humanaccess.texts import VERSION, ShownText
from rights import services as rights
from rights.models import RightsRequest, Step
from rights.states import ExclusionReason, Kind, RefusalGround, StepStatus, Verb

_DAY, _HOUR = timedelta(days=1), timedelta(hours=1)
#: who asks for their data, beside the people who sign in
NAMES = (
    "amina", "bruno", "chen", "dalia", "elif", "farah", "gustav", "hana", "idris", "jana", "karim", "leila", "mateo",
    "nour", "olena", "pavel", "qasim", "rana", "samir", "tomas", "ula", "vera", "wafa", "xenia", "yusuf", "zeina",
    "ali", "berta", "carlos", "dunya", "emil", "fatma", "greta", "hadi", "ines", "jamal", "katya", "lars", "mona", "nils",
)  # fmt: skip
_PLACES: Sequence[Mapping[str, str]] = (
    {"country": "DE"},
    {"country": "FR"},
    {},
    {"regime": "uk"},
    {"regime": "uae"},
    {"regime": "california"},
)
_REASONS = (
    "The same request was filed nine times within two weeks, and each was answered.",
    "The account shows signs of somebody else using it, and no proof of identity came.",
)
#: days since the request → what has become of it
_REQUESTS: Sequence[tuple[int, str]] = (
    (75, "delivered"), (70, "refused"), (68, "delivered"), (61, "withdrawn"), (58, "delivered"), (55, "delivered"),
    (52, "taken"), (48, "review"), (44, "new"), (41, "stuck"), (38, "delivered"), (35, "refused"), (33, "taken"),
    (32, "new"), (31, "review"), (29, "taken"), (28, "delivered"), (27, "stuck"), (26, "new"), (25, "review"),
    (24, "taken"), (22, "delivered"), (21, "new"), (19, "withdrawn"), (18, "delivered"), (16, "new"), (15, "taken"),
    (13, "review"), (12, "new"), (11, "delivered"), (9, "refused"), (8, "new"), (7, "taken"), (6, "new"), (5, "stuck"),
    (4, "new"), (3, "taken"), (2, "new"), (1, "new"), (0, "new"),
)  # fmt: skip


def fill_office(people: Mapping[str, User], make_user: Callable[[str, datetime], User], now: datetime) -> int:
    """Make forty rights requests and twenty approval requests; return how many. `people` are the demo people by name."""
    for (days, fate), name, place in zip(_REQUESTS, NAMES, cycle(_PLACES), strict=False):
        at = now - days * _DAY - _HOUR
        _rights_request(make_user(name, at), people["paula"], place, fate, at, now)
    return len(_REQUESTS) + _approval_requests(people, now)


def _rights_request(
    user: User, officer: User, place: Mapping[str, str], fate: str, at: datetime, now: datetime
) -> None:
    with db.use_role("default"):
        request = rights.receive_request(user, kind=Kind.ACCESS, identified=True, now=at, **place)
        if fate == "withdrawn":
            rights.withdraw_request(user, request.reference, now=at + 2 * _DAY)
    if fate in {"new", "withdrawn"}:
        return
    reference, then = request.reference, min(at + _DAY, now)
    with db.use_role("staff"):
        rights.take_request(reference, actor=officer, now=then)
        if fate == "refused":
            ground, reasons = RefusalGround.EXCESSIVE, _REASONS[len(user.username) % 2]
            rights.refuse_request(reference, actor=officer, ground=ground, reasons=reasons, now=then + _HOUR)
        elif fate != "taken":
            rights.start_request(reference, actor=officer, now=then)
    if fate in {"review", "delivered", "stuck"}:
        _work(request, officer, fate, then)
    if fate == "delivered":
        with db.use_role("staff"):
            rights.approve_delivery(reference, actor=officer, now=then + 2 * _HOUR)


def _work(request: RightsRequest, officer: User, fate: str, at: datetime) -> None:
    """Run the steps as the worker would; of a stuck request one needs attention and the rest are done."""
    with db.use_role("worker"):
        steps = Step.objects.filter(request=request).order_by("position")
        if fate == "stuck":
            one = steps.filter(verb=Verb.EXPORT).last()
            steps.filter(pk=one.pk if one else None).update(
                status=StepStatus.NEEDS_ATTENTION, attempts=5, last_error="OperationalError"
            )
        for step in steps.values_list("pk", flat=True):
            rights.run_step(step, clock=lambda: at + _HOUR)
    if fate == "review":
        return
    with db.use_role("staff"):
        for step in Step.objects.filter(request=request, status=StepStatus.NEEDS_ATTENTION)[1:]:
            reason = ExclusionReason.TECHNICAL_FAULT
            rights.exclude_step(request.reference, step.pk, actor=officer, reason=reason, now=at + _HOUR)


def _approval_requests(people: Mapping[str, User], now: datetime) -> int:
    """Make approval requests about the people with data: answered, waiting, expired, open, over and reviewed."""
    layla, omar, sam, selim = (people[name] for name in ("layla", "omar", "sam", "selim"))
    aida, bilal, paula = people["aida"], people["bilal"], people["paula"]
    items = {user: _items(sam, user, now) for user in (layla, omar)}
    numbers = iter(range(1, 100))

    def ask(user: User, ground: Ground, at: datetime, count: int = 2) -> ApprovalRequest:
        number = next(numbers)
        start = number % max(len(items[user]) - count, 1)
        agreement = ground is Ground.AGREEMENT
        with db.use_role("staff"):
            return access.request_approval(
                asker=sam if agreement else selim,
                subject=user,
                ground=ground,
                items=items[user][start : start + count],
                reason=f"Ticket {4000 + number}: an automation stopped, and only these items can say at which step.",
                abuse_reference="" if agreement else f"ABUSE-{number}",
                now=at,
            )

    def answer(request: ApprovalRequest, user: User, at: datetime, *, agrees: bool) -> None:
        shown = ShownText("May we look at these items to help you?", VERSION, "en", at)
        if agrees:
            wanted = {item.item for item in request.items.all()}
            access.agree_to_request(request, user=user, items=wanted, shown=shown, now=at)
        else:
            access.refuse_approval(request, user=user, shown=shown, now=at)

    # Expired without an answer, withdrawn, declined, refused.
    for days in (30, 24, 20):
        ask(omar, Ground.AGREEMENT, now - days * _DAY)
    for days in (18, 16):
        request = ask(layla, Ground.SECURITY, now - days * _DAY)
        with db.use_role("staff"):
            access.decline_request(request, actor=aida, note="The report names no item.", now=now - days * _DAY + _HOUR)
    for days in (15, 9):
        request = ask(omar, Ground.AGREEMENT, now - days * _DAY)
        with db.use_role("staff"):
            access.cancel_request(request, actor=sam, now=now - days * _DAY + _HOUR)
    for days in (12, 8):
        answer(ask(layla, Ground.AGREEMENT, now - days * _DAY), layla, now - days * _DAY + _HOUR, agrees=False)
    # Agreed and open, agreed and given back after a read.
    with db.use_role("default"):
        answer(ask(omar, Ground.AGREEMENT, now - 2 * _HOUR), omar, now, agrees=True)
        answer(ask(layla, Ground.AGREEMENT, now - 3 * _HOUR, 1), layla, now, agrees=True)
    _read_and_give_back(sam, layla, now)
    # On the security ground: read and reviewed, read and not reviewed, open.
    for reviewer in (bilal, None):
        request = ask(omar, Ground.SECURITY, now - 2 * _HOUR)
        with db.use_role("staff"):
            access.approve_request(request, actor=aida, note="The report names exactly these.", now=now)
        _read_and_give_back(selim, omar, now)
        if reviewer is not None:
            request = ApprovalRequest.objects.select_related("grant").get(pk=request.pk)
            with db.use_role("staff"):
                access.review_grant(request.grant, actor=reviewer, finding=Finding.IN_ORDER, now=now + _HOUR)
    # Waiting: for the user, for a second person, for a second approver.
    for hours in (70, 20, 2):
        ask(layla, Ground.AGREEMENT, now - hours * _HOUR)
    for hours in (40, 10):
        ask(omar, Ground.SECURITY, now - hours * _HOUR)
    request = ask(layla, Ground.SECURITY, now - 30 * _HOUR, 3)
    with db.use_role("staff"):
        access.approve_request(request, actor=aida, has_seen_refusal=True, now=now - 20 * _HOUR)
    with db.use_role("worker"):
        access.expire_requests(now)
    return next(numbers) - 1


def _items(asker: User, subject: User, now: datetime) -> Sequence[NamedItem]:
    with db.use_role("staff"):
        where = {"start": now - 30 * _DAY, "end": now}
        return access.list_items(asker=asker, subject=subject, kind="workloads.command", where=where, now=now)


def _read_and_give_back(reader: User, subject: User, now: datetime) -> None:
    with db.use_role("staff"):
        grants = access_grants(reader, subject)
        for item in grants.approval_request.items.all()[:1]:
            access.read_item(grants.pk, item_id=item.item, reader=reader, mfa=True, stepped_up=True, now=now)
        access.close_grant(grants, reader=reader, now=now)
