"""A person's pages of a correction: choose, check, file, follow; nothing typed is lost."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from audit.log.models import Entry
from core import db
from rights.models import Correction, Evidence, RightsRequest
from tests.platform_rows import put_row
from tests.rights.correction.conftest import EMAIL, PAPER, RIGHT, WHY, WRONG
from tests.signin import sign_in

NEW = "/settings/privacy/requests/new/correction/"


@pytest.fixture
def home(client, user):
    """Layla's browser, with a recent step-up."""
    return sign_in(client, user, fresh=True)


def typed(name_of, **more):
    return {"place": "DE", "reason": WHY, name_of: RIGHT, **more}


def paper(content=PAPER, name="paper.pdf"):
    return SimpleUploadedFile(name, content)


def test_the_form_shows_what_is_held_where_it_is_changed_at_once_and_what_is_not_corrected(home, name_of):
    text = home.get(NEW).content.decode()
    assert WRONG in text
    assert f'name="{name_of}"' in text
    assert "You change these at once yourself" in text
    assert 'href="/settings/profile/"' in text
    assert "It records what was measured." in text
    assert 'name="evidence"' not in text


def test_what_was_typed_is_checked_with_old_and_new_and_takes_the_evidence(home, name_of):
    text = home.post(NEW, typed(name_of)).content.decode()
    assert f"<del><bdi>{WRONG}</bdi></del> <ins><bdi>{RIGHT}</bdi></ins>" in text
    assert 'enctype="multipart/form-data"' in text
    assert 'type="file" name="evidence"' in text
    assert f'<input type="hidden" name="{name_of}" value="{RIGHT}"' in text


def test_it_is_filed_confirmed_and_followed(home, name_of, user):
    answer = home.post(NEW, typed(name_of, step="file", evidence=paper()), follow=True)
    assert answer.status_code == 200
    with db.use_role("staff"):
        request = RightsRequest.objects.get()
        assert Evidence.objects.get(request=request).size == len(PAPER)
    assert request.reference in answer.content.decode()
    assert RIGHT in answer.content.decode()
    assert "a file, which our privacy officers open" in answer.content.decode()
    page = home.get(f"/settings/privacy/requests/{request.reference}/").content.decode()
    assert "a file, which our privacy officers open" in page
    assert WRONG in page
    assert RIGHT in page
    assert WHY in page
    assert "not decided yet" in page
    with db.use_role("auditor"):
        shown = Entry.objects.filter(event="rights.correction.opened", subject=user.reference)
        assert {each.actor for each in shown} == {f"user:{user.reference}"}


@pytest.mark.parametrize(
    ("more", "sentence"),
    [
        ({"reason": "x"}, "at least 10 characters"),
        ({EMAIL: "no address"}, "This address cannot be used."),
        ({EMAIL: "layla@example.org"}, "This is what we hold already."),
        ({EMAIL: "<b>x</b>"}, "This address cannot be used."),
    ],
)
def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(home, name_of, more, sentence):
    for step in ("check", "file"):
        answer = home.post(NEW, typed(name_of, step=step, **more))
        assert answer.status_code == 422
        text = answer.content.decode()
        assert sentence in text
        assert f'value="{RIGHT}"' in text
    with db.use_role("staff"):
        assert not RightsRequest.objects.exists()


def test_nothing_filled_in_is_refused(home, name_of):
    answer = home.post(NEW, {"place": "DE", "reason": WHY})
    assert answer.status_code == 422
    assert "Give the right value of at least one field." in answer.content.decode()
    assert WHY in answer.content.decode()


@pytest.mark.parametrize(
    ("content", "name", "sentence"),
    [
        (b"PK\x03\x04" + b"\0" * 99, "bomb.zip", "The file is no PDF, PNG, JPEG or plain text."),
        (b"<html><script>x()</script>", "page.txt", "The file is no PDF, PNG, JPEG or plain text."),
        (b"<svg xmlns='x'/>", "paper.png", "The file is no PDF, PNG, JPEG or plain text."),
        (b"", "empty.pdf", "The submitted file is empty."),
        (b"x" * 5_000_001, "large.txt", "The file is larger than 5 MB."),
    ],
)
def test_evidence_that_is_none_is_refused_where_it_is_asked(home, name_of, content, name, sentence):
    answer = home.post(NEW, typed(name_of, step="file", evidence=paper(content, name)))
    assert answer.status_code == 422
    text = answer.content.decode()
    assert sentence in text
    assert f'<input type="hidden" name="{name_of}" value="{RIGHT}"' in text
    assert "Check your answers" in text
    with db.use_role("staff"):
        assert not RightsRequest.objects.exists()


def test_a_field_of_nobodys_is_not_filed(home, name_of):
    other = "apps:00000000-0000-0000-0000-000000000001:name"
    home.post(NEW, typed(name_of, step="file", **{other: "x", "identity.account::is_staff": "True"}))
    with db.use_role("staff"):
        assert list(Correction.objects.values_list("field", flat=True)) == ["name"]


def test_changing_ones_mind_leads_back_with_everything_typed(home, name_of):
    answer = home.post(NEW, typed(name_of, step="change"))
    assert answer.status_code == 200
    assert f'value="{RIGHT}"' in answer.content.decode()


@pytest.fixture
def many(user, now):
    """Return the keys of the names of 600 automations of layla's, in no order of theirs."""
    return [
        f"automations:{put_row('connections_automation', user.reference, now, sealed={'name': f'canary-{n:03}'})}:name"
        for n in range(600)
    ]


def test_of_many_records_the_chosen_ones_have_fields_and_what_was_typed_stays(home, name_of, many):
    record = many[599].removesuffix(":name")
    page = home.get(NEW).content.decode()
    assert "50 of 601 are listed" in page
    assert page.count("<input") < 100
    typed_before = {**typed(name_of), "reason": "x", "find": "CANARY-599", "step": "choose"}
    found = home.post(NEW, typed_before)
    text = found.content.decode()
    assert (found.status_code, "canary-599" in text, "canary-598" in text) == (200, True, False)
    assert f'value="{RIGHT}"' in text
    assert 'class="errors"' not in text
    shown = home.post(NEW, {**typed_before, "find": "", "records": [record]}).content.decode()
    assert f'name="{many[599]}"' in shown
    assert "canary-599" in shown
    answers = {**typed(name_of), "records": [record], many[599]: "canary-mended"}
    checked = home.post(NEW, answers).content.decode()
    assert f'<input type="hidden" name="{many[599]}" value="canary-mended"' in checked
    assert home.post(NEW, {**answers, "step": "file"}).status_code == 302
    with db.use_role("staff"):
        assert Correction.objects.count() == 2


def test_too_many_chosen_records_are_said(home, many):
    answers = {"place": "DE", "reason": WHY, EMAIL: "right@example.org"}
    answer = home.post(NEW, {**answers, "records": [key.removesuffix(":name") for key in many[:21]]})
    assert (answer.status_code, "Choose at most 20 at once." in answer.content.decode()) == (422, True)
    more = {"records": [key.removesuffix(":name") for key in many[:21]], many[599]: "canary-mended", "step": "choose"}
    assert 'value="canary-mended"' in home.post(NEW, {**answers, **more}).content.decode()
