"""The pages of a deletion: preview, grace, cancelling, attesting, signing off."""

import html
import re
from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from accounts.identity.roles import Role
from core import db
from rights import services
from rights.models import RightsRequest, Step
from rights.states import Kind, RequestState, StepStatus, Verb
from tests.platform_rows import put_row
from tests.signin import sign_in

NEW = "/settings/privacy/requests/new/deletion/"


@pytest.fixture
def home(client, user):
    """The user's browser, with a recent step-up."""
    return sign_in(client, user, fresh=True)


@pytest.fixture
def console(client, officer):
    """The officer's browser, with a recent step-up."""
    return sign_in(client, officer, mfa=True, fresh=True)


def at(request, part=""):
    return f"/staff/rights/rightsrequest/{request.reference}/{part}"


def text_of(answer):
    return re.sub(r"\s+", " ", html.unescape(answer.content.decode()))


def test_the_preview_says_what_goes_and_what_stays_before_anything_is_asked(home, user, now):
    put_row("workloads_usagerecord", user.reference, now)
    text = text_of(home.get(NEW))
    for words in ("Resource usage", "1 record", "OmegaCloud's platform", "What stays", "under a random reference"):
        assert words in text
    assert not RightsRequest.objects.using("owner").exists()


def test_the_preview_says_how_each_place_outside_erases(home, settings):
    text = text_of(home.get(NEW))
    assert (text.count("by an order to it"), text.count("by its own interface")) == (1, 0)
    settings.MIXPANEL_TOKEN = settings.MIXPANEL_SECRET = "set"
    assert text_of(home.get(NEW)).count("by its own interface") == 1


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ({"place": "DE"}, "This field is required"),
        ({"place": "DE", "username": "somebody"}, "This is not your user name."),
        ({"place": "nowhere", "username": "layla"}, "Select a valid choice"),
    ],
)
def test_what_is_typed_wrongly_is_named_and_nothing_is_filed(home, typed, words):
    answer = home.post(NEW, typed)
    assert answer.status_code == 422
    assert words in text_of(answer)
    assert not RightsRequest.objects.using("owner").exists()


def test_it_is_filed_shown_everywhere_and_cancelled_with_one_click(home, user):
    filed = home.post(NEW, {"place": "DE", "username": "layla", "step": "file"})
    page = filed["Location"].removesuffix("confirmation/")
    assert "Cancel the deletion" in text_of(home.get(page))
    assert "See or cancel it" in text_of(home.get("/settings/"))
    assert "Your account is about to be deleted" in text_of(home.get("/settings/privacy/"))
    again = home.post(NEW, {"place": "DE", "username": "layla"})
    assert (again.status_code, "already have an open request" in text_of(again)) == (409, True)
    assert f'href="{page}">See your request' in text_of(again)
    assert home.post(f"{page}withdraw/").status_code == 302
    with db.use_role("staff"):
        assert RightsRequest.objects.get().state == RequestState.WITHDRAWN
    assert "See or cancel it" not in text_of(home.get("/settings/"))
    assert "Your account stays as it is. Nothing was deleted." in text_of(home.get(page))


def test_an_open_access_request_is_named_on_the_preview(home, user, file_request):
    other = file_request(user)
    assert other.reference in text_of(home.get(NEW))


def test_a_package_that_waits_is_named_on_the_preview(home, user, file_request, start, work, officer, now):
    request = start(file_request(user))
    work(request)
    assert "is there for you to download" not in text_of(home.get(NEW))
    with db.use_role("staff"):
        services.approve_delivery(request.reference, actor=officer, now=now)
    assert f"{request.reference}</a> is there for you to download" in text_of(home.get(NEW))


def test_a_member_of_staff_is_told_the_way_forward(client, officer):
    sign_in(client, officer, mfa=True, fresh=True)
    assert "Leave the staff first" in text_of(client.get(NEW))
    answer = client.post(NEW, {"place": "DE", "username": "omar"})
    assert (answer.status_code, "Leave the staff first" in text_of(answer)) == (409, True)


def test_an_account_that_is_being_deleted_lets_nobody_in(home, deletion, officer, now):
    with db.use_role("staff"):
        services.take_request(deletion.reference, actor=officer, now=now)
        services.start_erasure(deletion.reference, actor=officer, now=now)
    assert home.get("/settings/").status_code == 302


def test_within_the_grace_the_officer_has_no_button(console, officer, user, file_request, now):
    deletion = file_request(user, at=now - timedelta(days=3), kind=Kind.DELETION)
    with db.use_role("staff"):
        services.take_request(deletion.reference, actor=officer, now=now)
    text = text_of(console.get(at(deletion)))
    assert "The person may still cancel" in text
    assert at(deletion, "erase/") not in text
    answer = console.post(at(deletion, "erase/"))
    assert (answer.status_code, "may still cancel" in text_of(answer)) == (409, True)


def test_the_officer_begins_attests_and_hands_over(console, deletion, officer, work):
    console.post(at(deletion, "take/"))
    assert "Begin the deletion" in text_of(console.get(at(deletion)))
    assert console.post(at(deletion, "erase/")).status_code == 302
    work(deletion)
    with db.use_role("staff"):
        steps = list(Step.objects.filter(request=deletion, verb=Verb.ATTEST))
    form = text_of(console.get(at(deletion, f"steps/{steps[0].pk}/attest/")))
    assert 'enctype="multipart/form-data"' in form
    assert "(needed unless nothing was held there)" in form
    wrong = {"finding": "erased", "backups_until": "2020-01-31"}
    bad = console.post(at(deletion, f"steps/{steps[0].pk}/attest/"), wrong)
    for words in ("Add the evidence", "Give a day from today"):
        assert (bad.status_code, words in text_of(bad)) == (422, True)
    for step in steps:
        evidence = SimpleUploadedFile("proof.txt", b"deleted at 10:14")
        posted = console.post(
            at(deletion, f"steps/{step.pk}/attest/"),
            {"finding": "erased", "evidence": evidence, "backups_until": "2031-01-31"},
        )
        assert posted.status_code == 302
    shown = console.get(at(deletion, f"steps/{steps[0].pk}/evidence/"))
    assert (shown.content, shown["Content-Type"]) == (b"deleted at 10:14", "text/plain")
    text = text_of(console.get(at(deletion)))
    assert "Somebody who did not work on it signs it off." in text
    assert console.post(at(deletion, "sign_off/")).status_code == 403


def test_counsel_signs_off_without_seeing_whose_it_is(client, begun, work, attest, make_staff):
    work(begun)
    attest(begun)
    sign_in(client, make_staff("lena", Role.LEGAL_COUNSEL), mfa=True, fresh=True)
    index = text_of(client.get("/staff/"))
    assert begun.reference in index
    page = text_of(client.get(at(begun)))
    assert "layla" not in index + page
    with db.use_role("staff"):
        step = Step.objects.filter(request=begun, verb=Verb.ATTEST).exclude(part="").first()
    assert client.get(at(begun, f"steps/{step.pk}/evidence/")).status_code == 403
    assert client.post(at(begun, "sign_off/")).status_code == 302
    with db.use_role("staff"):
        assert RightsRequest.objects.get(pk=begun.pk).state == RequestState.COMPLETING


def test_a_stuck_step_says_why_and_is_tried_again_or_left_out_with_a_day(console, begun, officer, now):
    with db.use_role("worker"):
        Step.objects.filter(request=begun, holding="usage").update(
            status=StepStatus.NEEDS_ATTENTION, last_error="OperationalError", attempts=5
        )
        step = Step.objects.get(request=begun, holding="usage")
    assert "OperationalError" in text_of(console.get(at(begun)))
    address = at(begun, f"steps/{step.pk}/leave_out/")
    assert 'name="until"' in text_of(console.get(address))
    bad = console.post(address, {"reason": "legal_duty", "until": "2020-01-01"})
    assert (bad.status_code, "a day to come" in text_of(bad)) == (422, True)
    assert console.post(address, {"reason": "rights_of_others"}).status_code == 422
    assert console.post(address, {"reason": "legal_duty", "until": "2031-01-31"}).status_code == 302
    assert "until 31 Jan 2031" in text_of(console.get(at(begun)))
