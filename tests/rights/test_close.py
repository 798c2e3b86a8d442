"""Refusing, withdrawing, notes, showing, removing."""

from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage

from accounts.identity.roles import Role
from accounts.inbox.models import Letter
from accounts.inbox.services import open_letter
from audit.log.models import Disclosure, Entry
from cases import services as cases
from cases.errors import CaseError, NotAllowedError, WrongStateError
from core import db
from rights import services
from rights.errors import RightsError
from rights.fulfilment.steps import file_name, take_step
from rights.kind import RIGHTS
from rights.models import Package, RightsRequest, Step
from rights.states import RefusalGround, RequestState
from vault.services import decryptor

REASONS = "Layla filed the same request nineteen times in one week."


def take(request, officer, now):
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)


def refuse(request, officer, now, reasons=REASONS):
    with db.use_role("staff"):
        return services.refuse_request(
            request.reference, actor=officer, ground=RefusalGround.EXCESSIVE, reasons=reasons, now=now
        )


def test_a_refusal_has_ground_and_reasons_which_the_user_reads_and_the_leaf_does_not_hold(
    file_request, user, officer, now
):
    request = file_request(user)
    take(request, officer, now)
    refused = refuse(request, officer, now)

    assert (refused.state, refused.refusal_ground, refused.closed_at) == (RequestState.REFUSED, "excessive", now)
    with db.use_role("auditor"):
        entry = Entry.objects.get(event="rights.request.refused")
        assert b"nineteen" not in bytes(entry.leaf)
        assert set(Disclosure.objects.filter(entry=entry.id).values_list("holder", flat=True)) == {
            user.reference,
            officer.reference,
        }
    with db.row_security_for(user.reference):
        letter = Letter.objects.get(kind="rights.refused")
    _, text = open_letter(letter.pk, user=user, now=now)
    assert REASONS in text
    assert "complain" in text


@pytest.mark.parametrize("reasons", ["", "no", " " * 50, "x" * 4001, "a" + "\u200b" * 40 + "b"])
def test_a_refusal_without_real_reasons_is_refused(file_request, user, officer, now, reasons):
    request = file_request(user)
    take(request, officer, now)
    with pytest.raises(RightsError) as refusal:
        refuse(request, officer, now, reasons)

    assert refusal.value.field == "reasons"
    with db.use_role("staff"):
        assert RightsRequest.objects.get().state == RequestState.VERIFYING


def test_a_closed_request_is_not_refused_again(file_request, user, officer, now):
    request = file_request(user)
    take(request, officer, now)
    refuse(request, officer, now)
    with pytest.raises(WrongStateError):
        refuse(request, officer, now)


def test_after_the_answer_a_new_request_can_be_filed(file_request, user, now):
    first = file_request(user)
    with db.use_role("default"):
        services.withdraw_request(user, first.reference, now=now)

    assert file_request(user).reference == "RR-2026-000002"


def test_withdrawing_is_the_users_own(file_request, user, make_user, now, logged):
    request = file_request(user)
    with db.use_role("default"):
        with pytest.raises(RightsRequest.DoesNotExist):
            services.withdraw_request(make_user("noor"), request.reference, now=now)
        services.withdraw_request(user, request.reference, now=now)
        with pytest.raises(WrongStateError):
            services.withdraw_request(user, request.reference, now=now)

    assert logged(request.reference).count("rights.request.withdrawn") == 1


def test_a_note_is_encrypted_and_decrypted_under_the_entry_of_the_showing(file_request, user, officer, now, make_staff):
    request = file_request(user)
    with db.use_role("staff"):
        note = services.add_note(request.reference, actor=officer, text=" Called back. ", now=now)
        assert b"Called" not in bytes(note.sealed)
        entry = cases.record_showing(RIGHTS, request, actor=officer, now=now)
        assert decryptor(user.reference, entry).decrypt(note.encryption_context, note.sealed) == b"Called back."
        with pytest.raises(CaseError, match="between 1 and"):
            services.add_note(request.reference, actor=officer, text="  ", now=now)
        with pytest.raises(NotAllowedError):
            services.add_note(request.reference, actor=make_staff("sam", Role.SUPPORT), text="Hello", now=now)


def test_a_package_goes_when_its_time_is_over_and_its_parts_before(
    file_request, user, officer, start, work, now, files, logged
):
    request = start(file_request(user))
    work(request)
    with db.use_role("staff"):
        services.approve_delivery(request.reference, actor=officer, now=now)
    with db.use_role("worker"):
        assert services.expire_packages(now=now) == 0
        assert [path.parent.name for path in files.rglob("*") if path.is_file()] == ["packages"]
        assert not Step.objects.exclude(part="").exists()
        assert services.expire_packages(now=now + timedelta(days=14)) == 1
        assert services.expire_packages(now=now + timedelta(days=14)) == 0

    assert not [path for path in files.rglob("*") if path.is_file()]
    assert logged(request.reference)[-1] == "rights.package.removed"


@pytest.mark.parametrize("ends", ["approved", "withdrawn"])
def test_a_file_of_an_attempt_that_died_after_storing_it_is_cleared_away(
    file_request, user, officer, start, work, now, files, settings, ends
):
    request = start(file_request(user))
    later = now + timedelta(seconds=settings.RIGHTS_STEP_LEASE + 1)
    with db.use_role("worker"):
        for step in Step.objects.filter(request=request, verb="export"):
            attempt = take_step(step.pk, clock=lambda: now)
            default_storage.save(file_name(step, attempt.step.attempts), ContentFile(b"OFS1 left behind"))
    work(request, at=later)
    if ends == "approved":
        with db.use_role("staff"):
            services.approve_delivery(request.reference, actor=officer, now=later)
    else:
        with db.use_role("default"):
            services.withdraw_request(user, request.reference, now=later)
    with db.use_role("worker"):
        services.expire_packages(now=later)
        services.expire_packages(now=later)

    folders = [path.parent.name for path in files.rglob("*") if path.is_file()]
    assert folders == (["packages"] if ends == "approved" else [])


def test_the_package_of_a_withdrawn_request_goes_at_once(file_request, user, start, work, now, files):
    request = start(file_request(user))
    work(request)
    with db.use_role("default"):
        services.withdraw_request(user, request.reference, now=now)
    with db.use_role("worker"):
        assert services.expire_packages(now=now) == 1
        assert Package.objects.get().removed_at == now
    assert not [path for path in files.rglob("*") if path.is_file()]


def test_a_refused_act_is_logged(file_request, user, officer, now):
    request = file_request(user)
    with db.use_role("staff"):
        cases.record_refusal(RIGHTS, request, actor=officer, act="start", now=now)
        assert Entry.objects.get(event="rights.act.refused").outcome == "refused"
