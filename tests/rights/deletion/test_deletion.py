"""A deletion: the grace, the steps, the sign-off, the certificate; complete or never fulfilled."""

from dataclasses import replace
from datetime import timedelta
from hashlib import sha256

import orjson
import pytest
from django.core import mail
from django.db import connections
from django.utils import timezone

from accounts.identity.models import RoleAssignment, User
from accounts.identity.roles import Role
from accounts.personaldata import categories
from accounts.personaldata.categories import data_categories
from accounts.personaldata.erase import erase_rows
from audit.erasure.crypto_shred import crypto_shred_subject, resume_crypto_shreds
from audit.log.actors import machine
from audit.log.labels import ErasureGround
from audit.log.models import Entry
from cases.errors import NotAllowedError, WrongStateError
from core import db
from rights import services
from rights.errors import GraceRunningError, OtherRequestOpenError, RightsError, StaffAccountError
from rights.fulfilment.certificate import certificate_id, certificate_path
from rights.models import Certificate, RightsRequest, Step
from rights.states import (
    OPEN,
    AllowedAct,
    Attestation,
    ExclusionReason,
    Kind,
    RequestState,
    StepStatus,
    Verb,
    transitions_of,
)
from tests.platform_rows import SHAPES, put_row
from tests.rights.deletion.conftest import PROOF


def statement_of(request):
    with db.use_role("worker"):
        return orjson.loads(Certificate.objects.get(request_id=request.pk).statement)


def test_a_deletion_goes_from_request_to_certificate(
    deletion, user, officer, now, work, fetch, logged, attest, sign_off, files
):
    for table in SHAPES:
        put_row(table, user.reference, now)
    with db.use_role("staff"):
        services.take_request(deletion.reference, actor=officer, now=now)
        services.start_erasure(deletion.reference, actor=officer, now=now)
        assert not User.objects.get(pk=user.pk).is_active
    work(deletion)
    assert fetch(deletion).state == RequestState.IN_PROGRESS  # what lies outside is not attested
    attest(deletion)
    assert fetch(deletion).state == RequestState.REVIEW
    with db.use_role("worker"):
        assert User.objects.filter(pk=user.pk).exists()  # the address is erased last
    sign_off(deletion)
    work(deletion)

    done = fetch(deletion)
    assert (done.state, done.user) == (RequestState.FULFILLED, None)
    with db.use_role("worker"):
        assert not User.objects.filter(pk=user.pk).exists()
        assert not any(category.recheck(user.reference) for category in data_categories())
        certificate = Certificate.objects.get(request=done)
        entry = Entry.objects.get(pk=certificate.entry)
    digest = sha256(certificate.statement.encode()).hexdigest()
    assert orjson.loads(bytes(entry.leaf))["payload"]["sha256"] == digest
    said = orjson.loads(certificate.statement)
    assert {each["category"] for each in said["inside"]} == {category.name for category in data_categories()}
    assert {each["outcome"] for each in said["inside"]} == {"erased", "erased_but_stays"}
    found = {each["category"]: each["found"] for each in said["inside"]}
    assert found["usage"] == found["commands"] == found["identity.account"] == 1
    assert {each["outcome"] for each in said["outside"]} == {"erased"}
    assert {each["evidence_sha256"] for each in said["outside"]} == {sha256(PROOF).hexdigest()}
    assert said["searched"][0]["found"] == 0
    assert "layla" not in certificate.statement
    assert [path for path in files.rglob("*") if path.is_file()] == []
    events = logged(deletion.reference)
    assert events[-1] == "rights.request.completed"
    assert events.count("rights.certificate.issued") == events.count("rights.erasure.started") == 1
    last = mail.outbox[-1]
    assert last.to == ["layla@example.org"]
    assert certificate_path(certificate) in last.body


def test_an_office_without_any_file_finishes_a_deletion_too(begun, work, fetch, attest, sign_off, files):
    work(begun)
    attest(begun, finding=Attestation.NOTHING_HELD, evidence=None)
    assert not files.exists()
    sign_off(begun)
    work(begun)
    assert fetch(begun).state == RequestState.FULFILLED
    assert statement_of(begun)["searched"][0]["files"] == 0


def test_nothing_begins_while_the_person_may_cancel(file_request, user, officer, now):
    deletion = file_request(user, kind=Kind.DELETION)
    assert deletion.grace_ends_at == now + timedelta(days=14)
    with db.use_role("staff"):
        services.take_request(deletion.reference, actor=officer, now=now)
        with pytest.raises(GraceRunningError, match="may still cancel"):
            services.start_erasure(deletion.reference, actor=officer, now=now + timedelta(days=13, hours=23))
        assert not Step.objects.exists()
        assert User.objects.get(pk=user.pk).is_active
    with db.use_role("default"):
        assert services.withdraw_request(user, deletion.reference, now=now).state == RequestState.WITHDRAWN


def test_once_begun_nothing_leads_back(begun, user, officer, now):
    with db.use_role("default"), pytest.raises(WrongStateError):
        services.withdraw_request(user, begun.reference, now=now)
    with db.use_role("staff"):
        with pytest.raises(WrongStateError):
            services.stop_request(begun.reference, actor=officer, now=now)
        with pytest.raises(WrongStateError):
            services.approve_delivery(begun.reference, actor=officer, now=now)
        with pytest.raises(WrongStateError):
            services.start_erasure(begun.reference, actor=officer, now=now)
    for state in OPEN - {RequestState.RECEIVED, RequestState.VERIFYING, RequestState.AWAITING_USER}:
        assert not {AllowedAct.STOP, AllowedAct.WITHDRAW, AllowedAct.REFUSE} & {*transitions_of(Kind.DELETION, state)}


def test_a_deletion_is_not_started_like_another_request(deletion, officer, now):
    with db.use_role("staff"):
        services.take_request(deletion.reference, actor=officer, now=now)
        with pytest.raises(RightsError, match="act of its own"):
            services.start_request(deletion.reference, actor=officer, now=now)


def test_an_access_request_is_answered_first_and_is_not_erased_itself(
    deletion, file_request, user, officer, now, start
):
    other = file_request(user)
    with db.use_role("staff"):
        services.take_request(deletion.reference, actor=officer, now=now)
        with pytest.raises(OtherRequestOpenError, match=other.reference):
            services.start_erasure(deletion.reference, actor=officer, now=now)
        services.take_request(other.reference, actor=officer, now=now)
        with pytest.raises(RightsError, match="not a deletion"):
            services.start_erasure(other.reference, actor=officer, now=now)


def test_the_staff_are_not_erased(file_request, officer, make_staff, now):
    with pytest.raises(StaffAccountError, match="Leave the staff first"):
        file_request(officer, kind=Kind.DELETION)
    past = make_staff("petra", Role.SUPPORT)
    with db.use_role("owner"):
        User.objects.filter(pk=past.pk).update(is_staff=False)
        RoleAssignment.objects.filter(user=past).update(ended_at=now, ended_by="x")
        past.refresh_from_db()
    with pytest.raises(StaffAccountError, match="closed and is not erased"):
        file_request(past, kind=Kind.DELETION)


@pytest.mark.parametrize("role", [Role.SUPPORT, Role.AUDITOR, Role.SECURITY_ENGINEER])
def test_some_roles_never_sign_off(begun, work, attest, make_staff, sign_off, role):
    work(begun)
    attest(begun)
    with pytest.raises(NotAllowedError):
        sign_off(begun, by=make_staff("sam", role))


def test_who_worked_on_it_never_signs_off(begun, work, attest, officer, second, sign_off, now, make_staff):
    work(begun)
    attest(begun)
    with db.use_role("staff"):
        services.take_request(begun.reference, actor=second, now=now)
    for person in (officer, second):
        with pytest.raises(NotAllowedError, match="somebody else"):
            sign_off(begun, by=person)
    assert sign_off(begun, by=make_staff("carol", Role.LEGAL_COUNSEL)).state == RequestState.COMPLETING


@pytest.mark.parametrize("role", [Role.LEGAL_COUNSEL, Role.ADMINISTRATOR])
def test_in_an_office_of_three_counsel_or_administrator_sign_off_and_only_there(
    begun, work, attest, make_staff, second, sign_off, role
):
    work(begun)
    attest(begun)
    person = make_staff("alma", role)
    with pytest.raises(NotAllowedError, match="There is an officer"):
        sign_off(begun, by=person)
    with db.use_role("owner"):
        User.objects.filter(pk=second.pk).update(is_active=False)
    assert sign_off(begun, by=person).state == RequestState.COMPLETING


def test_nobody_signs_off_before_every_step_is_settled(begun, work, sign_off):
    work(begun)
    with pytest.raises(WrongStateError):
        sign_off(begun)


@pytest.mark.parametrize("name", [each.name for each in data_categories() if not each.erased_last])
def test_a_category_that_fails_for_ever_keeps_the_deletion_open_until_an_officer_decides(
    begun, user, officer, now, work, fetch, attest, sign_off, monkeypatch, name
):
    put_row("workloads_usagerecord", user.reference, now)
    declared = categories._categories

    def fail(_reference):
        raise RuntimeError("a text with layla@example.org in it")

    with monkeypatch.context() as broken:
        broken.setitem(declared, name, replace(declared[name], erase=fail))
        for attempt in range(6):
            work(begun, at=now + timedelta(hours=attempt))
        attest(begun)
        assert fetch(begun).state == RequestState.IN_PROGRESS
        with db.use_role("staff"):
            step = Step.objects.get(request=begun, holding=name)
            assert (step.status, step.last_error) == (StepStatus.NEEDS_ATTENTION, "RuntimeError")
            services.exclude_step(
                begun.reference, step.pk, actor=officer, reason=ExclusionReason.TECHNICAL_FAULT, now=now
            )
        sign_off(begun)
        work(begun, at=timezone.now())
    assert fetch(begun).state == RequestState.FULFILLED
    (fact,) = [each for each in statement_of(begun)["inside"] if each["category"] == name]
    # A category that still fails is named; one that the last step emptied is not.
    expected = ("failed", "technical_fault") if name == "usage" else ("erased", None)
    assert (fact["outcome"], fact.get("ground")) == expected
    with db.use_role("worker"):
        resume_crypto_shreds(actor=machine("test"), now=now)  # as each night
        assert not any(category.recheck(user.reference) for category in data_categories())


def test_what_a_law_keeps_stays_until_its_day_and_goes_by_itself_then(
    begun, user, officer, now, work, fetch, attest, sign_off, monkeypatch
):
    put_row("workloads_usagerecord", user.reference, now)
    declared = categories._categories
    until = (now + timedelta(days=30)).date()
    with monkeypatch.context() as broken:
        broken.setitem(declared, "usage", replace(declared["usage"], erase=lambda _reference: 1 / 0))
        work(begun)
    with db.use_role("staff"):
        step = Step.objects.get(request=begun, holding="usage")
        for wrong in (None, now.date()):
            with pytest.raises(RightsError, match="a day to come"):
                services.exclude_step(
                    begun.reference, step.pk, actor=officer, reason=ExclusionReason.LEGAL_DUTY, until=wrong, now=now
                )
        services.exclude_step(
            begun.reference, step.pk, actor=officer, reason=ExclusionReason.LEGAL_DUTY, until=until, now=now
        )
    work(begun)
    attest(begun)
    sign_off(begun)
    work(begun)
    assert fetch(begun).state == RequestState.FULFILLED
    (fact,) = [each for each in statement_of(begun)["inside"] if each["category"] == "usage"]
    assert (fact["outcome"], fact["ground"], fact["until"]) == ("kept", "legal_duty", until.isoformat())
    assert statement_of(begun)["backups_until"] > until.isoformat()
    with db.use_role("worker"):
        usage = declared["usage"]
        resume_crypto_shreds(actor=machine("test"), now=now)
        assert usage.recheck(user.reference) == 1
        resume_crypto_shreds(actor=machine("test"), now=now + timedelta(days=31))
        assert usage.recheck(user.reference) == 0


@pytest.mark.parametrize(
    ("text", "error"),
    [
        ("To: LAYLA@Example.org", "MentionedError:rights_step"),
        ("mailto:layla%40example.org", "MentionedError:rights_step"),
        ("Layla", "UserNameFoundError:rights_step"),
        ('{"name": "layla"}', "UserNameFoundError:rights_step"),
    ],
)
def test_what_still_names_the_person_is_found_and_nothing_goes_on(
    begun, user, work, fetch, attest, sign_off, text, error
):
    work(begun)
    attest(begun)
    with db.use_role("owner"), connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE rights_step SET last_error = %s WHERE position = 0", [text])
    sign_off(begun)
    work(begun)
    assert fetch(begun).state == RequestState.COMPLETING
    with db.use_role("staff"):
        step = Step.objects.get(request=begun, verb=Verb.SEARCH)
        assert step.last_error == error
    with db.use_role("worker"):
        assert User.objects.filter(pk=user.pk).exists()


def test_a_user_name_that_is_an_everyday_word_keeps_nobody_from_leaving(
    file_request, make_user, officer, second, now, work, fetch, attest, sign_off
):
    deletion = file_request(make_user("received"), at=now - timedelta(days=15), kind=Kind.DELETION)
    with db.use_role("staff"):
        services.take_request(deletion.reference, actor=officer, now=now)
        services.start_erasure(deletion.reference, actor=officer, now=now)
    file_request(make_user("somebody"))  # whose request is in that state
    work(deletion)
    attest(deletion)
    sign_off(deletion)
    work(deletion)
    decide = {"reason": ExclusionReason.EVERYDAY_WORD, "now": now}
    with db.use_role("staff"):
        search = Step.objects.get(request=deletion, verb=Verb.SEARCH)
        assert search.last_error == "UserNameFoundError:rights_rightsrequest"
        mail = Step.objects.get(request=deletion, verb=Verb.TELL)
        with pytest.raises(RightsError, match="has not failed"):
            services.exclude_step(deletion.reference, mail.pk, actor=officer, **decide)
        with pytest.raises(NotAllowedError, match="somebody else"):  # what came after the sign-off needs a second, too
            services.exclude_step(deletion.reference, search.pk, actor=officer, **decide)
        services.exclude_step(deletion.reference, search.pk, actor=second, **decide)
    work(deletion)
    assert fetch(deletion).state == RequestState.FULFILLED
    (searched,) = statement_of(deletion)["searched"]
    assert (searched["outcome"], searched["ground"]) == ("clean", "everyday_word")


@pytest.mark.parametrize("text", ["x-layla@example.org", "layla@example.org.uk", '{"layla": 1}', "laylas"])
def test_what_names_somebody_or_something_else_is_not_found(begun, work, fetch, attest, sign_off, text):
    work(begun)
    attest(begun)
    with db.use_role("owner"), connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE rights_step SET last_error = %s WHERE position = 0", [text])
    sign_off(begun)
    work(begun)
    assert fetch(begun).state == RequestState.FULFILLED


def test_a_person_who_was_erased_by_the_command_meanwhile_is_told_so_and_stops_nobody(
    begun, user, work, fetch, attest, sign_off, now
):
    work(begun)
    with db.use_role("worker"):
        crypto_shred_subject(user.reference, actor=machine("test"), ground=ErasureGround.DELETION, now=now)
        assert resume_crypto_shreds(actor=machine("test"), now=now) == 0
    assert fetch(begun).state == RequestState.IN_PROGRESS
    with pytest.raises(RightsError, match="nothing more is kept"):
        attest(begun, only="stripe")
    attest(begun, finding=Attestation.NOTHING_HELD, evidence=None)
    sign_off(begun)
    work(begun)
    assert fetch(begun).state == RequestState.FULFILLED
    said = statement_of(begun)
    assert (said["searched"][0]["outcome"], said["mailed"]) == ("not_possible", False)


def test_who_retried_a_step_does_not_sign_off(begun, work, attest, second, officer, sign_off, now):
    with db.use_role("worker"):
        Step.objects.filter(request=begun, holding="usage").update(status=StepStatus.NEEDS_ATTENTION)
        step = Step.objects.get(request=begun, holding="usage")
    with db.use_role("staff"):
        services.take_request(begun.reference, actor=second, now=now)
        services.retry_step(begun.reference, step.pk, actor=second, now=now)
        services.take_request(begun.reference, actor=officer, now=now)
    work(begun)
    attest(begun)
    with pytest.raises(NotAllowedError, match="somebody else"):
        sign_off(begun)


def test_rows_that_came_in_after_their_step_go_with_the_key(begun, user, now, work, attest, sign_off):
    work(begun)
    attest(begun)
    put_row("workloads_command", user.reference, now)
    sign_off(begun)
    work(begun)
    with db.use_role("worker"):
        assert not any(category.recheck(user.reference) for category in data_categories())


def test_a_mail_server_that_is_away_keeps_the_address_until_it_took_the_mail(
    begun, user, now, work, fetch, attest, sign_off, monkeypatch, officer
):
    work(begun)
    attest(begun)
    sign_off(begun)
    with monkeypatch.context() as away:
        away.setattr("django.core.mail.EmailMessage.send", lambda _self: 1 / 0)
        for attempt in range(6):
            work(begun, at=now + timedelta(hours=attempt))
    with db.use_role("staff"):
        step = Step.objects.get(request=begun, verb=Verb.TELL)
        assert step.status == StepStatus.NEEDS_ATTENTION
        assert User.objects.filter(pk=user.pk).exists()
        services.exclude_step(begun.reference, step.pk, actor=officer, reason=ExclusionReason.NOT_DELIVERABLE, now=now)
    work(begun, at=timezone.now())
    assert fetch(begun).state == RequestState.FULFILLED
    assert statement_of(begun)["mailed"] is False


@pytest.mark.parametrize(
    ("evidence", "words"),
    [
        (None, "Add the evidence"),
        (b"%PDF-" + b"x" * 5_000_000, "larger than 5 MB"),
        (b"MZ\x90\x00\xff\xff", "no PDF, PNG, JPEG or plain text"),
        (b"text with \x1b[31m escapes", "no PDF, PNG, JPEG or plain text"),
    ],
)
def test_bad_evidence_is_refused_and_nothing_is_stored(begun, attest, evidence, words, files):
    with pytest.raises(RightsError, match=words):
        attest(begun, evidence=evidence)
    assert not files.exists() or [path for path in files.rglob("*") if path.is_file()] == []
    with db.use_role("staff"):
        assert not Step.objects.filter(verb=Verb.ATTEST).exclude(status=StepStatus.WAITING).exists()


def test_where_nothing_was_held_no_evidence_is_wanted_and_nothing_is_attested_twice(begun, attest, officer, now):
    attest(begun, finding=Attestation.NOTHING_HELD, evidence=None, only="sentry")
    with db.use_role("staff"):
        step = Step.objects.get(request=begun, holding="sentry")
        with pytest.raises(RightsError, match="settled already"):
            services.attest_step(
                begun.reference,
                step.pk,
                actor=officer,
                finding=Attestation.ERASED,
                evidence=[PROOF],
                backups_until=None,
                now=now,
            )
        usage = Step.objects.get(request=begun, holding="usage")
        with pytest.raises(RightsError, match="none that is attested"):
            services.attest_step(
                begun.reference,
                usage.pk,
                actor=officer,
                finding=Attestation.NOTHING_HELD,
                evidence=None,
                backups_until=None,
                now=now,
            )


def test_the_database_erases_nothing_before_a_deletion_has_begun(deletion, user, now):
    put_row("workloads_usagerecord", user.reference, now)
    with db.use_role("worker"), pytest.raises(Exception, match="go only with an entry"):
        erase_rows("workloads_erase", "workloads_usagerecord")(user.reference)
    with db.use_role("worker"), pytest.raises(Exception, match="may be erased"):
        db.select_rows("SELECT rights_mentions('rights_step', %s, 0, 9, false)", [user.reference])


def test_the_same_address_comes_back_as_a_stranger(begun, user, work, attest, sign_off, make_user):
    work(begun)
    attest(begun)
    sign_off(begun)
    work(begun)
    again = make_user("layla")
    assert again.reference != user.reference
    with db.use_role("worker"):
        assert not RightsRequest.objects.filter(subject=again.reference).exists()


def test_a_link_is_signed(user):
    assert certificate_id("00000000-0000-0000-0000-000000000000:forged") is None
