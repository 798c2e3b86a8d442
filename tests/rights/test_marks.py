"""Restriction and objection (GDPR 18, 21): what a mark does, who places it, and how it ends."""

from datetime import timedelta

import pytest
from django.db import IntegrityError

from accounts.identity.roles import Role
from accounts.inbox.models import Letter
from accounts.personaldata.categories import category_named, is_restricted, subjects_on_hold
from accounts.workloads.errors import AnalyticsStoppedError
from accounts.workloads.models import AnalyticsProvider, OrderKind, PlatformOrder
from accounts.workloads.services import get_pseudonym
from audit.log.actors import machine
from audit.log.append import append
from audit.log.purposes import DESPITE_RESTRICTION, ReadPurpose
from cases.errors import NotAllowedError, WrongStateError
from core import db
from rights import services
from rights.errors import AlreadyOpenError, NotNowError, RightsError
from rights.events import STEP_STARTED
from rights.models import ProcessingMark, RightsRequest
from rights.states import Kind, MarkEnd, MarkKind, ObjectionTo, RefusalGround, RequestState, RestrictionGround
from tests.authorisations import step_entry
from tests.signin import sign_in

LOGS = {"categories": ["logs", "usage"], "ground": RestrictionGround.ACCURACY.value}
PLATFORM = machine("service-token:1")


@pytest.fixture
def restriction(file_request, user):
    return file_request(user, kind=Kind.RESTRICTION, details=LOGS)


@pytest.fixture
def object_to(file_request, user):
    return lambda what, person=user: file_request(person, kind=Kind.OBJECTION, details={"to": what.value})


@pytest.fixture
def decide(officer, now):
    """Take a request and grant it, as the officer."""

    def grant(request):
        with db.use_role("staff"):
            services.take_request(request.reference, actor=officer, now=now)
            return services.grant_request(request.reference, actor=officer, now=now)

    return grant


def marks(**which):
    with db.use_role("staff"):
        return list(ProcessingMark.objects.filter(**which).order_by("category"))


def orders():
    with db.use_role("staff"):
        return list(PlatformOrder.objects.order_by("number").values_list("kind", "categories", "case_ref"))


def letters_of(user):
    with db.row_security_for(user.reference):
        return set(Letter.objects.filter(subject=user.reference).values_list("kind", flat=True))


def restricted(user, category):
    with db.use_role("worker"):
        return is_restricted(user.reference, category)


def test_nothing_is_restricted_before_an_officer_grants_it(restriction, user, decide, logged):
    assert not restricted(user, "logs")
    done = decide(restriction)

    assert done.state == RequestState.FULFILLED
    assert [(mark.category, mark.kind, mark.ended_at) for mark in marks()] == [
        ("logs", MarkKind.RESTRICTED, None),
        ("usage", MarkKind.RESTRICTED, None),
    ]
    assert (restricted(user, "logs"), restricted(user, "runs")) == (True, False)
    assert orders() == [(OrderKind.RESTRICT, ["logs", "usage"], done.reference)]
    assert logged(done.reference)[-5:] == [
        "rights.mark.placed",
        "rights.mark.placed",
        "workloads.order.made",
        "rights.request.granted",
        "inbox.letter.written",
    ]
    assert letters_of(user) == {"rights.received", "rights.granted"}


def test_a_restriction_has_no_steps_and_is_never_begun(restriction, officer, now):
    with db.use_role("staff"):
        services.take_request(restriction.reference, actor=officer, now=now)
        with pytest.raises(WrongStateError):
            services.start_request(restriction.reference, actor=officer, now=now)
        with pytest.raises(WrongStateError):
            services.approve_delivery(restriction.reference, actor=officer, now=now)


def test_another_kind_is_not_granted(file_request, user, officer, now):
    request = file_request(user)
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
        with pytest.raises(WrongStateError):
            services.grant_request(request.reference, actor=officer, now=now)
    assert marks() == []


def test_a_refused_restriction_restricts_nothing(restriction, user, officer, now):
    with db.use_role("staff"):
        services.take_request(restriction.reference, actor=officer, now=now)
        facts = {"ground": RefusalGround.UNFOUNDED, "reasons": "What is disputed was right all the time."}
        services.refuse_request(restriction.reference, actor=officer, now=now, **facts)
    assert (marks(), orders(), restricted(user, "logs")) == ([], [], False)


def test_a_second_restriction_is_refused_and_the_first_named(restriction, file_request, user):
    with pytest.raises(AlreadyOpenError, match=restriction.reference):
        file_request(user, kind=Kind.RESTRICTION, details=LOGS)


def authorised(user, now, purpose, holding):
    """Return whether a machine's entry with this purpose, on this data category, authorises reading."""
    payload = dict.fromkeys(STEP_STARTED.payload) | {"purpose": purpose, "holding": holding}
    with db.use_role("worker"):
        with db.atomic():
            entry = append(STEP_STARTED, actor=machine("test"), subject=user.reference, now=now, payload=payload)
        return bool(db.select_rows("SELECT event FROM audit_ticket(%s)", [entry]))


@pytest.mark.parametrize("purpose", list(ReadPurpose))
def test_machines_read_what_is_restricted_for_a_right_or_a_law_alone(restriction, user, decide, now, purpose):
    assert authorised(user, now, purpose.value, "logs")
    decide(restriction)
    assert authorised(user, now, purpose.value, "logs") is (purpose in DESPITE_RESTRICTION)
    assert authorised(user, now, purpose.value, "runs")
    # An entry that names no data category may be about any of them.
    assert authorised(user, now, purpose.value, None) is (purpose in DESPITE_RESTRICTION)
    for mark in marks():
        services.lift_mark(user, mark.pk, now=now)
    assert authorised(user, now, purpose.value, "logs")


def test_what_is_restricted_does_not_end_by_its_age(restriction, user, decide, now):
    decide(restriction)
    with db.use_role("worker"):
        assert subjects_on_hold("logs", now) == {user.reference}
        assert subjects_on_hold("runs", now) == set()


def test_the_person_lifts_one_of_theirs_and_is_told_before(restriction, user, decide, now, logged):
    decide(restriction)
    later = now + timedelta(days=1)
    services.lift_mark(user, marks(category="logs")[0].pk, now=later)

    assert (restricted(user, "logs"), restricted(user, "usage")) == (False, True)
    (ended,) = marks(category="logs")
    assert (ended.ended_at, ended.ended_reason) == (later, MarkEnd.PERSON)
    assert orders()[-1] == (OrderKind.LIFT, ["logs"], restriction.reference)
    assert logged(restriction.reference)[-3:] == ["inbox.letter.written", "rights.mark.ended", "workloads.order.made"]
    assert "rights.lifted" in letters_of(user)
    with pytest.raises(NotNowError):
        services.lift_mark(user, ended.pk, now=later)


def test_nobody_lifts_somebody_elses(restriction, decide, make_user, now):
    decide(restriction)
    with pytest.raises(ProcessingMark.DoesNotExist):
        services.lift_mark(make_user("noor"), marks()[0].pk, now=now)
    assert all(mark.ended_at is None for mark in marks())


def test_an_officer_lifts_all_of_a_request_and_the_letter_comes_first(restriction, user, decide, officer, now, logged):
    decide(restriction)
    with db.use_role("staff"):
        services.lift_marks(restriction.reference, actor=officer, now=now)
        with pytest.raises(NotNowError):
            services.lift_marks(restriction.reference, actor=officer, now=now)
    assert {mark.ended_reason for mark in marks()} == {MarkEnd.OFFICE}
    assert logged(restriction.reference)[-4:] == [
        "inbox.letter.written",
        "rights.mark.ended",
        "rights.mark.ended",
        "workloads.order.made",
    ]


def test_without_the_role_nobody_lifts(restriction, decide, make_staff, now):
    decide(restriction)
    counsel = make_staff("lena", Role.LEGAL_COUNSEL)
    with db.use_role("staff"), pytest.raises(NotAllowedError):
        services.lift_marks(restriction.reference, actor=counsel, now=now)


def test_an_objection_to_analytics_works_at_once(object_to, user, now, logged):
    with db.use_role("ingest"):
        get_pseudonym(user.reference, AnalyticsProvider.MIXPANEL, actor=PLATFORM, now=now)
    request = object_to(ObjectionTo.ANALYTICS)

    assert (request.state, request.closed_at) == (RequestState.FULFILLED, now)
    assert [(mark.category, mark.kind) for mark in marks()] == [("workloads.pseudonyms", MarkKind.OBJECTED)]
    assert orders() == [(OrderKind.OBJECT, ["workloads.pseudonyms"], request.reference)]
    assert "rights.request.granted" in logged(request.reference)
    with db.use_role("ingest"), pytest.raises(AnalyticsStoppedError):
        get_pseudonym(user.reference, AnalyticsProvider.MIXPANEL, actor=PLATFORM, now=now)

    services.lift_mark(user, marks()[0].pk, now=now)
    with db.use_role("ingest"):
        assert get_pseudonym(user.reference, AnalyticsProvider.MIXPANEL, actor=PLATFORM, now=now)


def test_an_objection_that_is_weighed_restricts_until_it_is_decided(object_to, user, decide):
    request = object_to(ObjectionTo.SECURITY)
    assert (request.state, restricted(user, "identity.sessions")) == (RequestState.RECEIVED, True)
    decide(request)
    in_force = {mark.kind: mark.ended_at is None for mark in marks()}
    assert in_force == {MarkKind.RESTRICTED: False, MarkKind.OBJECTED: True}
    assert restricted(user, "identity.sessions")


@pytest.mark.parametrize("how", ["refused", "withdrawn"])
def test_an_objection_that_comes_to_nothing_restricts_no_longer(object_to, user, officer, now, how, logged):
    request = object_to(ObjectionTo.SECURITY)
    pending = marks()[0]
    with pytest.raises(NotNowError):
        services.lift_mark(user, pending.pk, now=now)
    if how == "withdrawn":
        services.withdraw_request(user, request.reference, now=now)
    else:
        with db.use_role("staff"):
            services.take_request(request.reference, actor=officer, now=now)
            facts = {"ground": RefusalGround.UNFOUNDED, "reasons": "The account was taken over twice this year."}
            services.refuse_request(request.reference, actor=officer, now=now, **facts)
    assert not restricted(user, "identity.sessions")
    assert logged(request.reference)[-2:] == ["inbox.letter.written", "rights.mark.ended"]


def test_an_officer_does_not_take_an_objection_back(object_to, officer, now):
    request = object_to(ObjectionTo.ANALYTICS)
    with db.use_role("staff"), pytest.raises(NotAllowedError):
        services.lift_marks(request.reference, actor=officer, now=now)


def test_a_dispute_alone_stops_nothing(file_request, user, officer, now):
    request = file_request(user)
    with db.use_role("staff"), db.atomic():
        mark = services.place_mark(request, "logs", MarkKind.DISPUTED, actor=PLATFORM, now=now)
        assert services.place_mark(request, "logs", MarkKind.DISPUTED, actor=PLATFORM, now=now) is None
    assert not restricted(user, "logs")
    with db.use_role("staff"):
        services.end_mark(mark, actor=PLATFORM, now=now, reason=MarkEnd.DECIDED)
        with pytest.raises(NotNowError):
            services.end_mark(mark, actor=PLATFORM, now=now, reason=MarkEnd.DECIDED)


def test_one_mark_of_a_kind_is_in_force(restriction, user, decide, now):
    decide(restriction)
    facts = {"subject": user.reference, "category": "logs", "kind": MarkKind.RESTRICTED, "since": now}
    with db.use_role("staff"), pytest.raises(IntegrityError):
        ProcessingMark.objects.create(request=restriction, **facts)


def test_pages_of_one_user_do_not_see_marks_of_another(restriction, user, decide, make_user):
    decide(restriction)
    with db.row_security_for(make_user("noor").reference):
        assert not ProcessingMark.objects.exists()
    with db.row_security_for(user.reference):
        assert ProcessingMark.objects.count() == 2
        assert RightsRequest.objects.get().details == LOGS


def test_staff_see_on_a_persons_page_what_is_in_force(restriction, user, decide, client, officer):
    page = f"/staff/identity/user/{user.pk}/"
    sign_in(client, officer, mfa=True, fresh=True)
    assert "Application logs" not in client.get(page).content.decode()
    decide(restriction)
    assert f"Application logs · {restriction.reference}" in client.get(page).content.decode()


def test_the_officer_sees_what_was_chosen_grants_it_and_lifts_it_again(restriction, user, client, officer):
    page = f"/staff/rights/rightsrequest/{restriction.reference}/"
    sign_in(client, officer, mfa=True, fresh=True)
    client.post(f"{page}take/")
    shown = client.get(page).content.decode()
    assert "I dispute that it is right" in shown
    assert (f"{page}grant/" in shown, f"{page}start/" in shown) == (True, False)
    assert "We granted your request" in client.get(f"{page}grant/").content.decode()
    assert client.post(f"{page}lift/").status_code == 409
    assert client.post(f"{page}grant/").status_code == 302
    assert client.post(f"{page}grant/").status_code == 409
    assert f"{page}lift/" in client.get(page).content.decode()
    assert "is about to be lifted" in client.get(f"{page}lift/").content.decode()
    assert client.post(f"{page}lift/").status_code == 302
    assert not restricted(user, "logs")


def test_the_package_tells_what_was_restricted(restriction, user, decide, now):
    decide(restriction)
    entry = step_entry(user.reference, now)
    with db.use_role("worker"):
        (told,) = category_named("rights.requests").export(user.reference, entry)
    assert told["details"] == LOGS
    assert [(each["category"], each["kind"], each["ended_at"]) for each in told["marks"]] == [
        ("logs", "restricted", None),
        ("usage", "restricted", None),
    ]


@pytest.mark.parametrize(
    ("kind", "details", "field"),
    [
        (Kind.RESTRICTION, {}, "categories"),
        (Kind.RESTRICTION, {"categories": ["inbox.letters"], "ground": "claims"}, "categories"),
        (Kind.RESTRICTION, {"categories": ["logs", "thoughts"], "ground": "claims"}, "categories"),
        (Kind.RESTRICTION, {"categories": ["logs", "logs"], "ground": "claims"}, "categories"),
        (Kind.RESTRICTION, {"categories": ["logs"], "ground": "mood"}, "ground"),
        (Kind.OBJECTION, {}, "to"),
        (Kind.OBJECTION, {"to": "contract"}, "to"),
        (Kind.OBJECTION, {"to": "everything"}, "to"),
        (Kind.ACCESS, {"categories": ["logs"]}, "details"),
    ],
)
def test_the_service_refuses_what_no_form_would_send(file_request, user, kind, details, field):
    with pytest.raises(RightsError) as refused:
        file_request(user, kind=kind, details=details)
    assert refused.value.field == field
    with db.use_role("staff"):
        assert not RightsRequest.objects.exists()


def test_each_kind_is_refused_on_a_ground_of_its_own(file_request, user, officer, now, client):
    reasons = "Somebody else took the account over twice this year, so that we go on watching."
    requests = {
        Kind.RESTRICTION: file_request(user, kind=Kind.RESTRICTION, details=LOGS),
        Kind.OBJECTION: file_request(user, kind=Kind.OBJECTION, details={"to": "security"}),
    }
    grounds = {Kind.RESTRICTION: RefusalGround.NOT_RESTRICTABLE, Kind.OBJECTION: RefusalGround.COMPELLING}
    desk = sign_in(client, officer, mfa=True, fresh=True)
    for kind, request in requests.items():
        other = next(ground for of, ground in grounds.items() if of != kind)
        facts = {"actor": officer, "reasons": reasons, "now": now}
        with db.use_role("staff"):
            services.take_request(request.reference, actor=officer, now=now)
        page = desk.get(f"/staff/rights/rightsrequest/{request.reference}/refuse/").content.decode()
        assert (f'value="{grounds[kind]}"' in page, f'value="{other}"' in page) == (True, False)
        with db.use_role("staff"):
            with pytest.raises(RightsError):
                services.refuse_request(request.reference, ground=other, **facts)
            services.refuse_request(request.reference, ground=grounds[kind], **facts)
