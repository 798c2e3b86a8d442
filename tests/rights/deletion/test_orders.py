"""The platform's step of a deletion: ordered when it begins, settled by the receipt, or by an officer."""

from datetime import timedelta

import pytest

from accounts.identity.waiting import waiting_for
from accounts.personaldata.retention import sweep_retention
from accounts.workloads.models import PlatformOrder
from accounts.workloads.services import answer_order, end_app, erase_app, settle_order, sweep_orders
from audit.log.actors import machine
from audit.log.models import Entry
from core import db
from rights import services
from rights.models import Step
from rights.states import Attestation, ExclusionReason, RequestState, StepStatus, Verb
from tests.platform_rows import put_row
from tests.signin import sign_in

TOKEN = PlatformOrder().pk


@pytest.fixture
def app(user, now):
    return put_row("workloads_app", user.reference, now)


@pytest.fixture
def begun(app, begun):
    """Layla's deletion, begun while she had an app."""
    return begun


@pytest.fixture
def order(begun):
    with db.use_role("staff"):
        return PlatformOrder.objects.get(case_ref=begun.reference)


@pytest.fixture
def answer(order, app, now):
    """Answer the order as the platform, and settle it as the worker."""

    def do(*, until=None, outcome="erased"):
        had = outcome == "erased"
        found = {"app": app, "provider": "aws", "outcome": outcome, "code": had, "data": had, "logs": had}
        found["backups_until"] = (now.date() + timedelta(days=90)) if had else until
        with db.use_role("ingest"):
            answer_order(
                order.pk, subject=order.subject, apps=[found], token=TOKEN, actor=machine("service-token:x"), now=now
            )
        with db.use_role("worker"):
            assert settle_order(order.pk, now=now)

    return do


def step_of(request):
    with db.use_role("staff"):
        return Step.objects.get(request=request, verb=Verb.ATTEST, holding="platform")


def test_beginning_a_deletion_orders_the_platform(begun, order, user, app):
    assert (order.subject, order.kind, order.app, order.apps) == (user.reference, "erase", None, [app])
    assert step_of(begun).status == StepStatus.WAITING


def test_the_receipt_settles_the_step_and_an_entry_says_so(begun, order, answer, logged, now):
    answer()
    step = step_of(begun)
    until = (now.date() + timedelta(days=90)).isoformat()
    assert step.status == StepStatus.DONE
    assert step.receipt == {"finding": "erased", "order": str(order.pk), "apps": 1, "backups_until": until}
    assert "workloads.order.made" in logged(begun.reference)
    with db.use_role("auditor"):
        entry = Entry.objects.get(case_ref=begun.reference, event="rights.step.attested")
    assert entry.actor == f"machine:service-token:{TOKEN}"


def test_a_receipt_that_nothing_was_held_settles_it_as_that(begun, answer):
    answer(outcome="nothing_held")
    assert step_of(begun).receipt["finding"] == "nothing_held"


def test_the_last_step_that_is_settled_by_a_receipt_sends_the_deletion_to_review(
    begun, answer, work, fetch, officer, now
):
    work(begun)
    with db.use_role("staff"):
        for step in Step.objects.filter(request=begun, verb=Verb.ATTEST).exclude(holding="platform"):
            services.attest_step(
                begun.reference,
                step.pk,
                actor=officer,
                finding=Attestation.NOTHING_HELD,
                evidence=None,
                backups_until=None,
                now=now,
            )
    assert fetch(begun).state == RequestState.IN_PROGRESS
    answer()
    assert fetch(begun).state == RequestState.REVIEW


def test_an_officer_may_settle_the_step_by_hand_and_the_receipt_then_changes_nothing(begun, answer, officer, now):
    with db.use_role("staff"):
        services.exclude_step(
            begun.reference, step_of(begun).pk, actor=officer, reason=ExclusionReason.TECHNICAL_FAULT, now=now
        )
    answer()
    assert step_of(begun).status == StepStatus.EXCLUDED
    with db.use_role("worker"):
        assert sweep_orders(now=now) == 0


def orders_waiting(officer, now):
    with db.use_role("staff"):
        found = waiting_for(officer, now)
        return [item for each, items in found.items() if each.name == "rights.orders" for item in items]


def test_an_order_without_an_answer_for_an_hour_is_told_on_the_first_page(begun, answer, officer, user, now):
    assert orders_waiting(officer, now + timedelta(minutes=59)) == []
    (item,) = orders_waiting(officer, now + timedelta(minutes=121))
    assert item.title == begun.reference
    assert "has not answered an order for 2\xa0hours" in item.text
    answer()
    assert orders_waiting(officer, now + timedelta(hours=3)) == []


def test_the_deletions_page_says_since_when_it_waits_for_the_platform(client, begun, order, answer, officer):
    sign_in(client, officer, mfa=True, fresh=True)
    page = f"/staff/rights/rightsrequest/{begun.reference}/"
    assert "it has not fetched the order" in client.get(page).content.decode()
    answer()
    assert "by the platform" in client.get(page).content.decode()


def test_what_an_officer_keeps_on_a_ground_stays_though_its_app_ends_and_its_days_are_over(begun, user, app, now):
    """The platform says that apps end just when it carries out the order to erase."""
    put_row("workloads_logline", user.reference, now - timedelta(days=95), app=app)
    with db.use_role("owner"):
        steps = Step.objects.filter(request=begun, verb=Verb.ERASE, holding="logs")
        receipt = {"until": (now.date() + timedelta(days=9)).isoformat()}
        assert steps.update(status=StepStatus.EXCLUDED, left_out=ExclusionReason.LEGAL_DUTY, receipt=receipt) == 1
    with db.use_role("ingest"):
        end_app(app, subject=user.reference, actor=machine("console"), now=now)

    def left_after(at):
        with db.use_role("worker"):
            sweep_retention(now=at)
            erase_app(app, now=at)
            return db.select_value("SELECT workloads_left('workloads_logline', %s)", [user.reference])

    assert left_after(now) == 1
    assert left_after(now + timedelta(days=10)) == 0
