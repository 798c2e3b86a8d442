"""A correction from its filing to its answer: decided field by field, applied once, told to every recipient."""

from datetime import timedelta
from unittest.mock import Mock

import pytest
from allauth.account.models import EmailAddress

from accounts.identity.models import User
from accounts.personaldata.categories import data_categories
from accounts.workloads.models import PlatformOrder
from cases.errors import NotAllowedError, WrongStateError
from core import db
from rights import services
from rights.errors import AlreadyOpenError, RightsError
from rights.external_stores import PLATFORM
from rights.fulfilment.correct_category import PLATFORM_CORRECTS_WITHIN
from rights.models import Correction, Evidence, RightsRequest, Step
from rights.states import Attestation, CorrectionGround, FieldDecision, Kind, RequestState, StepStatus, Verb
from tests.rights.correction.conftest import EMAIL, PAPER, RIGHT, WRONG

WORDS = "The paper that you sent shows the name that we hold."


def rows(request):
    with db.use_role("staff"):
        return {row.field: row for row in Correction.objects.filter(request=request)}


def steps(request):
    with db.use_role("staff"):
        return {(step.verb, step.holding): step for step in Step.objects.filter(request=request)}


def address_of(user):
    with db.use_role("staff"):
        return User.objects.get(pk=user.pk).email


@pytest.mark.parametrize("category", data_categories(), ids=lambda category: category.name)
def test_every_data_category_says_how_it_is_corrected_or_why_it_is_not(category):
    rule = category.correct
    assert bool(rule.fields) != bool(rule.why_not)
    assert {*rule.fields, *rule.own_pages} <= set(category.fields)
    assert (rule.apply is None) == (rule.present is None)


def test_a_person_sees_their_own_values_once_the_log_says_so(user, app, make_user, now):
    with db.use_role("default"):
        found = {each.key: each.value for each in services.show_own_values(user, now=now)}
        others = services.show_own_values(make_user("tariq"), now=now)
    assert found[f"apps:{app}:name"] == WRONG
    assert found[EMAIL] == user.email
    assert found["identity.account::language"] == "en"
    assert {each.value for each in others} == {"tariq", "tariq@example.org", "en", "Asia/Dubai"}


def test_what_is_filed_is_stored_encrypted_with_the_old_value(filed, logged):
    assert (filed.kind, filed.state) == (Kind.CORRECTION, RequestState.RECEIVED)
    assert set(rows(filed)) == {"name", "email"}
    for row in rows(filed).values():
        assert not {WRONG.encode(), RIGHT.encode()} & {bytes(row.sealed_old), bytes(row.sealed_new)}
    with db.use_role("staff"):
        assert Evidence.objects.get(request=filed).media_type == "application/pdf"
    assert logged(filed.reference)[0] == "rights.request.received"


BOMB = b"PK\x03\x04" + b"\0" * 400


@pytest.mark.parametrize(
    ("wanted", "more", "field"),
    [
        ([], {}, ""),
        (
            [("apps:00000000-0000-0000-0000-000000000001:name", "x")],
            {},
            "apps:00000000-0000-0000-0000-000000000001:name",
        ),
        ([("identity.account::id", "x")], {}, "identity.account::id"),
        ([("identity.account::language", "ar")], {}, "identity.account::language"),
        ([(EMAIL, "a@example.org"), (EMAIL, "b@example.org")], {}, EMAIL),
        ([(EMAIL, "layla@example.org")], {}, EMAIL),
        ([(EMAIL, "LAYLA@example.org ")], {}, EMAIL),
        ([(EMAIL, "no address")], {}, EMAIL),
        ([(EMAIL, "  ")], {}, EMAIL),
        ([(EMAIL, "x" * 300 + "@example.org")], {}, EMAIL),
        ([("identity.account::username", "\N{CYRILLIC SMALL LETTER A}dmin")], {}, "identity.account::username"),
        ([(EMAIL, "a@example.org")], {"reason": "short"}, "reason"),
        ([(EMAIL, "a@example.org")], {"evidence": BOMB}, "evidence"),
        ([(EMAIL, "a@example.org")], {"evidence": b"<svg onload='x()'/>"}, "evidence"),
        ([(EMAIL, "a@example.org")], {"evidence": b"\n <!DOCTYPE html><p>x"}, "evidence"),
        ([(EMAIL, "a@example.org")], {"evidence": b"Hello <script>x()</script>"}, "evidence"),
        ([(EMAIL, "a@example.org")], {"evidence": b"#!/bin/sh\nx"}, "evidence"),
        ([(EMAIL, "a@example.org")], {"evidence": b"x" * 5_000_001}, "evidence"),
    ],
)
def test_what_cannot_be_filed_is_refused_at_its_field_and_nothing_is_stored(correct, files, wanted, more, field):
    with pytest.raises(RightsError) as refused:
        correct(*wanted, **more)
    assert refused.value.field == field
    assert refused.value.status == 422
    with db.use_role("staff"):
        assert not RightsRequest.objects.exists()
        assert not Correction.objects.exists()
    assert not [each for each in files.rglob("*") if each.is_file()]


def test_somebody_elses_record_is_none_of_ones_own(correct, name_of, make_user):
    with pytest.raises(RightsError, match="none of your data"):
        correct((name_of, RIGHT), by=make_user("tariq"))


def test_a_second_one_leaves_no_file_behind(filed, correct, name_of, files):
    with pytest.raises(AlreadyOpenError):
        correct((name_of, "another"), evidence=PAPER)
    assert len([each for each in files.rglob("*") if each.is_file()]) == 1


def test_an_address_of_somebody_else_is_filed_as_any_other_and_found_when_it_is_applied(
    correct, decide, officer, work, make_user, now, user, logged
):
    make_user("tariq")
    request = correct((EMAIL, "tariq@example.org"))
    decide(request)
    with db.use_role("staff"):
        services.approve_correction(request.reference, actor=officer, now=now)
    work(request)
    row = rows(request)["email"]
    assert (row.decision, row.ground, row.applied_at) == (FieldDecision.REFUSED, CorrectionGround.CHANGED, None)
    assert address_of(user) == "layla@example.org"
    assert "rights.correction.failed" in logged(request.reference)


def test_nothing_begins_before_each_field_is_decided(filed, decide, officer, now):
    decide(filed, field="email")
    with db.use_role("staff"), pytest.raises(RightsError, match="each field"):
        services.approve_correction(filed.reference, actor=officer, now=now)
    decide(filed, verdict=FieldDecision.REFUSED, ground=CorrectionGround.ACCURATE, words=WORDS)
    with db.use_role("staff"), pytest.raises(RightsError, match="accepted nothing"):
        services.approve_correction(filed.reference, actor=officer, now=now)


@pytest.mark.parametrize(
    ("more", "field"),
    [
        ({"verdict": FieldDecision.PENDING}, "decision"),
        ({"verdict": FieldDecision.REFUSED, "words": WORDS}, "ground"),
        ({"verdict": FieldDecision.REFUSED, "ground": CorrectionGround.UNUSABLE, "words": WORDS}, "ground"),
        ({"verdict": FieldDecision.REFUSED, "ground": CorrectionGround.ACCURATE, "words": "no"}, "words"),
    ],
)
def test_a_decision_that_says_too_little_is_refused(filed, decide, more, field):
    with pytest.raises(RightsError) as refused:
        decide(filed, **more)
    assert refused.value.field == field


def test_only_who_holds_the_case_decides_and_never_about_themselves(filed, decide, user, make_staff, now):
    other = make_staff("ada")
    with pytest.raises(NotAllowedError):
        decide(filed, by=other)


def test_a_decision_stays_once_the_work_has_begun(begun, officer, now):
    with db.use_role("staff"), pytest.raises(WrongStateError):
        services.decide_correction(
            begun.reference, rows(begun)["email"].pk, actor=officer, decision=FieldDecision.ACCEPTED, now=now
        )


def test_it_is_applied_told_and_answered(begun, user, app, work, answer, send, inform, fetch, officer, now, logged):
    with db.use_role("default"):
        EmailAddress.objects.create(user=user, email=user.email, verified=True, primary=True)
    work(begun)
    assert address_of(user) == "right@example.org"
    with db.use_role("staff"):
        own = EmailAddress.objects.get(user=user)
    assert (own.email, own.verified) == ("right@example.org", False)
    assert steps(begun)[Verb.CORRECT, "apps"].status == StepStatus.WAITING
    answer(begun)
    assert steps(begun)[Verb.INFORM, "platform"].receipt["finding"] == "corrected"
    send()
    work(begun)
    assert steps(begun)[Verb.CORRECT, "apps"].status == StepStatus.DONE
    inform(begun)
    assert fetch(begun).state == RequestState.REVIEW
    assert {holding for verb, holding in steps(begun) if verb == Verb.INFORM} == {"platform", "mail"}
    with db.use_role("staff"):
        services.close_correction(begun.reference, actor=officer, now=now)
    assert fetch(begun).state == RequestState.FULFILLED
    assert all(row.applied_at for row in rows(begun).values())
    assert logged(begun.reference).count("rights.correction.applied") == 2


def test_applied_twice_it_is_applied_once(begun, work, user, logged):
    work(begun)
    with db.use_role("owner"):
        Step.objects.filter(request=begun, holding="identity.account").update(status=StepStatus.WAITING)
    work(begun)
    assert logged(begun.reference).count("rights.correction.applied") == 1


def test_what_changed_meanwhile_is_left_alone(begun, work, user):
    with db.use_role("default"):
        User.objects.filter(pk=user.pk).update(email="other@example.org")
    work(begun)
    assert address_of(user) == "other@example.org"
    assert rows(begun)["email"].ground == CorrectionGround.CHANGED


def test_what_the_platform_no_longer_holds_is_said(begun, work, answer):
    answer(begun, outcome="not_held")
    work(begun)
    assert rows(begun)["name"].ground == CorrectionGround.NOT_HELD
    assert steps(begun)[Verb.CORRECT, "apps"].status == StepStatus.DONE


def test_a_record_that_never_comes_needs_an_officer(begun, work, answer, now):
    answer(begun)
    for day in range(1, 8):
        work(begun, at=now + PLATFORM_CORRECTS_WITHIN + timedelta(days=day))
    step = steps(begun)[Verb.CORRECT, "apps"]
    assert (step.status, step.last_error) == (StepStatus.NEEDS_ATTENTION, "ProviderError:not_corrected")


def orders_of(request):
    with db.use_role("staff"):
        return {order.pk: order.apps for order in PlatformOrder.objects.filter(case_ref=request.reference)}


def test_each_field_is_an_order_to_the_platform_once_its_value_is_certain(begun, work):
    found = rows(begun)
    assert orders_of(begun) == {found["name"].pk: []}
    work(begun)
    assert orders_of(begun) == {found["name"].pk: [], found["email"].pk: []}


def test_what_the_office_could_not_put_right_is_ordered_of_nobody(begun, work, user):
    with db.use_role("default"):
        User.objects.filter(pk=user.pk).update(email="other@example.org")
    work(begun)
    assert orders_of(begun) == {rows(begun)["name"].pk: []}


def test_the_platforms_step_waits_for_what_is_ordered_last(begun, work, answer):
    answer(begun)
    assert steps(begun)[Verb.INFORM, PLATFORM].status == StepStatus.WAITING
    work(begun)
    assert steps(begun)[Verb.INFORM, PLATFORM].status == StepStatus.WAITING
    answer(begun)
    assert steps(begun)[Verb.INFORM, PLATFORM].receipt["finding"] == "corrected"


def test_where_nothing_could_be_put_right_the_platform_has_nothing_to_hear(correct, decide, officer, work, user, now):
    request = correct((EMAIL, "right@example.org"))
    decide(request)
    with db.use_role("staff"):
        services.approve_correction(request.reference, actor=officer, now=now)
    with db.use_role("default"):
        User.objects.filter(pk=user.pk).update(email="other@example.org")
    work(request)
    step = steps(request)[Verb.INFORM, PLATFORM]
    assert (step.status, step.receipt["finding"]) == (StepStatus.DONE, "nothing_held")


def test_once_begun_it_is_neither_stopped_nor_withdrawn(begun, user, officer, now):
    with db.use_role("default"), pytest.raises(WrongStateError):
        services.withdraw_request(user, begun.reference, now=now)
    with db.use_role("staff"), pytest.raises(WrongStateError):
        services.stop_request(begun.reference, actor=officer, now=now)


def test_staff_see_no_value_of_a_restricted_category(filed, officer, now):
    with db.use_role("staff"):
        from cases.services import record_showing
        from rights.kind import RIGHTS

        entry = record_showing(RIGHTS, filed, actor=officer, now=now)
        found = {
            each["row"].field: each
            for each in services.open_corrections(filed, entry, shows=lambda category: not category.restricted)
        }
    assert (found["name"]["old"], found["name"]["new"]) == (None, None)
    assert (found["email"]["old"], found["email"]["new"]) == ("layla@example.org", "right@example.org")


def test_the_letter_names_as_told_only_who_has_corrected_it(begun, work, answer, inform):
    answer(begun, outcome="not_held")
    inform(begun, finding=Attestation.NOTHING_HELD)
    with db.use_role("staff"):
        assert services.letter_facts(begun)["told"] == ""


def test_the_old_address_is_told_that_it_was_replaced(begun, work, mailoutbox):
    work(begun)
    told = [mail for mail in mailoutbox if mail.to == ["layla@example.org"] and "right@example.org" in mail.body]
    assert [mail.subject for mail in told] == ["The e-mail address of your OmegaCloud account was changed"]


def test_the_step_is_not_done_before_the_old_one_is_told(begun, work, mailoutbox, monkeypatch, user, now):
    with monkeypatch.context() as broken:
        broken.setattr("django.core.mail.message.EmailMessage.send", Mock(side_effect=OSError))
        work(begun)
    assert address_of(user) == "right@example.org"
    assert steps(begun)[Verb.CORRECT, "identity.account"].status != StepStatus.DONE
    work(begun, at=now + timedelta(hours=1))
    assert steps(begun)[Verb.CORRECT, "identity.account"].status == StepStatus.DONE
    assert [mail.to for mail in mailoutbox if "right@example.org" in mail.body] == [["layla@example.org"]]
