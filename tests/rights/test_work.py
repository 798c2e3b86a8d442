"""Taking, starting, running the steps, reviewing, approving."""

import threading
from datetime import timedelta

import pytest
from django.db import connections

from accounts.identity.roles import Role
from accounts.personaldata.categories import data_categories
from cases.errors import NotAllowedError, WrongStateError
from core import db
from rights import services
from rights.errors import NotIdentifiedError, RightsError
from rights.models import Package, RightsRequest, Step
from rights.states import OPEN, TRANSITIONS, AllowedAct, RequestState, StepStatus, transitions_of


def test_every_open_state_can_be_refused_and_withdrawn_and_no_closed_one_moves():
    for state in RequestState:
        acts = TRANSITIONS[state]
        assert (AllowedAct.REFUSE in acts and AllowedAct.WITHDRAW in acts) == (
            state in OPEN - {RequestState.COMPLETING}
        )
        assert acts or state not in OPEN
    assert AllowedAct.APPROVE not in transitions_of("access", RequestState.RECEIVED)


def test_taking_makes_the_officer_the_assignee(file_request, user, officer, now, logged):
    request = file_request(user)
    with db.use_role("staff"):
        taken = services.take_request(request.reference, actor=officer, now=now)

    assert (taken.state, taken.assignee_id) == (RequestState.VERIFYING, officer.pk)
    assert logged(request.reference)[-1] == "rights.request.taken"


def test_a_colleague_may_take_over(file_request, user, officer, make_staff, now):
    request = file_request(user)
    colleague = make_staff("olga", Role.PRIVACY_OFFICER)
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
        taken = services.take_request(request.reference, actor=colleague, now=now)
        with pytest.raises(NotAllowedError, match="Take the case first"):
            services.start_request(request.reference, actor=officer, now=now)

    assert taken.assignee_id == colleague.pk


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR, Role.ADMINISTRATOR, Role.SECURITY_ENGINEER])
def test_other_roles_may_not_take(file_request, user, make_staff, now, role):
    request = file_request(user)
    person = make_staff("sam", role)
    with db.use_role("staff"), pytest.raises(NotAllowedError):
        services.take_request(request.reference, actor=person, now=now)


def test_nobody_works_on_their_own_request(file_request, officer, now):
    request = file_request(officer)
    with db.use_role("staff"), pytest.raises(NotAllowedError, match="own request"):
        services.take_request(request.reference, actor=officer, now=now)


def test_a_request_that_nobody_took_cannot_be_started(file_request, user, officer, now):
    request = file_request(user)
    with db.use_role("staff"):
        RightsRequest.objects.update(assignee=officer)
        with pytest.raises(WrongStateError):
            services.start_request(request.reference, actor=officer, now=now)


def test_work_does_not_start_on_an_unidentified_person(file_request, user, officer, now):
    request = file_request(user)
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
        RightsRequest.objects.update(identified_at=None)
        with pytest.raises(NotIdentifiedError):
            services.start_request(request.reference, actor=officer, now=now)


def test_start_creates_one_step_for_each_data_category_and_the_package(file_request, user, start, logged):
    request = start(file_request(user))

    with db.use_role("staff"):
        steps = list(Step.objects.filter(request=request))
    assert [step.holding for step in steps] == [category.name for category in data_categories()] + [""]
    assert [step.verb for step in steps][-1] == "assemble"
    assert request.state == RequestState.IN_PROGRESS
    assert logged(request.reference)[-1] == "rights.request.started"


def test_two_officers_start_at_once_and_the_steps_are_created_once(file_request, user, officer, now):
    request = file_request(user)
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
    outcomes: list[str] = []
    gate = threading.Barrier(3)

    def begin():
        gate.wait()
        try:
            with db.use_role("staff"):
                services.start_request(request.reference, actor=officer, now=now)
            outcomes.append("started")
        except WrongStateError:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=begin) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert sorted(outcomes) == ["refused", "refused", "started"]
    with db.use_role("staff"):
        assert Step.objects.count() == len(data_categories()) + 1


def test_the_steps_run_and_the_request_comes_to_review(file_request, user, start, work, fetch, logged):
    request = start(file_request(user))
    work(request)

    found = fetch(request)
    assert found.state == RequestState.REVIEW
    with db.use_role("staff"):
        steps = list(Step.objects.filter(request=request))
    assert {step.status for step in steps} == {StepStatus.DONE}
    by_name = {step.holding: step for step in steps}
    assert by_name["rights.requests"].receipt["count"] == 1
    assert by_name["audit.entries"].receipt["count"] > 0
    assert found.package.expires_at is None
    names = logged(request.reference)
    assert names.count("rights.step.started") == names.count("rights.step.finished") == len(steps)
    assert names[-2:] == ["rights.package.assembled", "rights.request.readied"]


def test_the_entry_that_authorises_reading_is_committed_before_the_reading(file_request, user, start, work):
    request = start(file_request(user))
    work(request)
    from audit.log.models import Entry

    with db.use_role("auditor"):
        for step in Step.objects.filter(request=request):
            entry = Entry.objects.get(id=step.entry)
            assert entry.event == "rights.step.started"
            assert entry.subject == user.reference


def test_approval_offers_the_package_and_writes_to_the_user(file_request, user, officer, start, work, now, logged):
    request = start(file_request(user))
    work(request)
    with db.use_role("staff"):
        done = services.approve_delivery(request.reference, actor=officer, now=now)
        package = Package.objects.get(request=request)

    assert done.state == RequestState.FULFILLED
    assert done.closed_at == now
    assert package.is_offered(now)
    assert not package.is_offered(now + timedelta(days=14))
    assert logged(request.reference)[-2:] == ["rights.request.fulfilled", "inbox.letter.written"]


def test_nothing_is_approved_before_review(file_request, user, officer, start, now):
    request = start(file_request(user))
    with db.use_role("staff"), pytest.raises(WrongStateError):
        services.approve_delivery(request.reference, actor=officer, now=now)


def test_an_unsettled_step_is_never_delivered(file_request, user, officer, start, work, now):
    request = start(file_request(user))
    work(request)
    with db.use_role("staff"):
        Step.objects.filter(holding="rights.requests").update(status=StepStatus.FAILED)
        with pytest.raises(RightsError, match="has not finished"):
            services.approve_delivery(request.reference, actor=officer, now=now)
        assert RightsRequest.objects.get().state == RequestState.REVIEW


def test_two_approvals_at_once_have_one_effect(file_request, user, officer, start, work, now, logged):
    request = start(file_request(user))
    work(request)
    gate = threading.Barrier(3)
    outcomes: list[str] = []

    def approve():
        gate.wait()
        try:
            with db.use_role("staff"):
                services.approve_delivery(request.reference, actor=officer, now=now)
            outcomes.append("approved")
        except WrongStateError:
            outcomes.append("refused")
        finally:
            connections.close_all()

    threads = [threading.Thread(target=approve) for _ in range(3)]
    [thread.start() for thread in threads]
    [thread.join() for thread in threads]

    assert sorted(outcomes) == ["approved", "refused", "refused"]
    assert logged(request.reference).count("rights.request.fulfilled") == 1
