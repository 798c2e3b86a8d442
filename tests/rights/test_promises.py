"""P17: what is late, answered by nobody, or read despite a restriction is found."""

from datetime import timedelta

import pytest

from accounts.workloads.models import PlatformOrder
from audit.log.actors import machine
from audit.log.append import append
from core import db
from core.promises import PromiseState, measure, promises
from rights import services
from rights.events import STEP_STARTED
from rights.models import RightsRequest
from rights.states import Kind, RefusalGround, RequestState

REFUSAL = {"ground": RefusalGround.EXCESSIVE, "reasons": "The same request was filed nineteen times in one week."}


@pytest.fixture
def measured(now):
    """Measure both parts: `measured()` gives the figures of both, and which of the two are broken."""

    def run(at=now):
        answers, restrictions = (measure(each, at) for each in promises() if each.id == "P17")
        assert PromiseState.UNKNOWN not in {answers.state, restrictions.state}, answers.note + restrictions.note
        broken = [name for name, each in (("a", answers), ("r", restrictions)) if each.state is PromiseState.BROKEN]
        return {**answers.figures, **restrictions.figures}, "".join(broken)

    return run


@pytest.fixture
def restricted(file_request, user, officer, now):
    request = file_request(user, kind=Kind.RESTRICTION, details={"categories": ["logs"], "ground": "claims"})
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
        return services.grant_request(request.reference, actor=officer, now=now)


def test_an_office_that_answers_in_time_keeps_it(measured, file_request, user, restricted, make_user):
    file_request(user)
    file_request(make_user("noor"), kind=Kind.OBJECTION, details={"to": "analytics"})
    figures, broken = measured()
    assert (broken, figures["open"], figures["due"], figures["without_review"]) == ("", 1, 1, 0)
    assert (figures["marks"], figures["in_force"], figures["read_despite"]) == (2, 2, 0)


def test_an_overdue_request_breaks_it(measured, file_request, user, now):
    file_request(user, at=now - timedelta(days=40))
    figures, broken = measured()
    assert (broken, figures["overdue"], figures["due"]) == ("a", 1, 0)


def test_a_late_answer_breaks_it(measured, file_request, user, officer, now):
    request = file_request(user, at=now - timedelta(days=40))
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
        services.refuse_request(request.reference, actor=officer, now=now, **REFUSAL)
    figures, broken = measured()
    assert (broken, figures["late"], figures["overdue"]) == ("a", 1, 0)


def test_a_request_that_nobody_reviewed_breaks_it(measured, file_request, user, now):
    request = file_request(user)
    with db.use_role("staff"):
        RightsRequest.objects.filter(pk=request.pk).update(state=RequestState.FULFILLED, closed_at=now)
    figures, broken = measured()
    assert (broken, figures["without_review"]) == ("a", 1)


@pytest.mark.parametrize(("purpose", "found"), [("billing", 1), ("right", 0)])
def test_a_read_despite_a_restriction_breaks_it(measured, restricted, now, purpose, found):
    payload = dict.fromkeys(STEP_STARTED.payload) | {"purpose": purpose, "holding": "logs"}
    for at in (now - timedelta(days=1), now + timedelta(minutes=1)):
        with db.use_role("worker"), db.atomic():
            append(STEP_STARTED, actor=machine("test"), subject=restricted.subject, now=at, payload=payload)
    figures, broken = measured(now + timedelta(minutes=2))
    assert (broken, figures["read_despite"]) == ("r" if found else "", found)


def test_the_platform_answers_an_order_to_restrict_by_its_outcome(restricted, officer, now):
    from accounts.workloads.errors import OrderReceiptError
    from accounts.workloads.services import answer_order, settle_order

    with db.use_role("staff"):
        order = PlatformOrder.objects.get()
    facts = {"subject": restricted.subject, "token": order.pk, "actor": machine("service-token:1"), "now": now}
    with db.use_role("ingest"):
        with pytest.raises(OrderReceiptError):
            answer_order(order.pk, apps=[{"app": order.pk, "outcome": "restricted"}], **facts)
        answer_order(order.pk, apps=[], **facts)
    with db.use_role("worker"):
        assert settle_order(order.pk, now=now)
