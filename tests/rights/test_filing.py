"""Filing a request: the form of its kind, the answers to be checked, and a confirmation to keep."""

import html
import re
import uuid

import pytest
import time_machine

from core import db
from rights import services
from rights.models import ProcessingMark, RightsRequest
from rights.offers import OFFERS
from rights.states import Kind
from tests.signin import sign_in

PRIVACY = "/settings/privacy/"


@pytest.fixture(autouse=True)
def _at(now):
    with time_machine.travel(now, tick=True):
        yield


@pytest.fixture
def home(client, user):
    """The user's browser, with a recent step-up."""
    return sign_in(client, user, fresh=True)


def new(kind):
    return f"{PRIVACY}requests/new/{kind}/"


#: kind → what its form is answered with, beside the place
ANSWERS = {
    Kind.ACCESS: {},
    Kind.PORTABILITY: {},
    Kind.CORRECTION: {"identity.account::email": "right@example.org", "reason": "I have another mailbox."},
    Kind.RESTRICTION: {"categories": ["logs", "usage"], "ground": "claims"},
    Kind.OBJECTION: {"to": "security"},
    Kind.DELETION: {"username": "layla"},
}


def text_of(answer):
    return re.sub(r"\s+", " ", html.unescape(answer.content.decode()))


def filed():
    with db.use_role("staff"):
        return list(RightsRequest.objects.all())


def hidden(answer):
    """Return what the page with the answers posts with each of its buttons."""
    inputs = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', answer.content.decode())
    posted: dict[str, list[str]] = {}
    for name, value in inputs:
        if name not in {"csrfmiddlewaretoken", "next"}:
            posted.setdefault(name, []).append(html.unescape(value))
    return posted


def test_every_kind_that_is_offered_has_its_words_and_a_form():
    assert set(OFFERS) == set(Kind)
    assert set(ANSWERS) == set(Kind)
    assert all(OFFERS[kind].following for kind in Kind)


@pytest.mark.parametrize("kind", sorted(Kind))
def test_a_kind_is_offered_checked_filed_and_confirmed(home, kind):
    offer, answers = OFFERS[kind], {"place": "DE", **ANSWERS[kind]}
    page = text_of(home.get(PRIVACY))
    assert new(kind) in page
    assert str(offer.when) in page
    assert home.get(new(kind)).status_code == 200

    checked = home.post(new(kind), answers)
    assert (checked.status_code, filed()) == (200, [])
    for words in ("Check your answers", "Nothing is filed yet", str(offer.title), "Germany", "23 December 2026"):
        assert words in text_of(checked)
    assert hidden(checked) == {name: [each] if isinstance(each, str) else each for name, each in answers.items()}

    done = home.post(new(kind), {**hidden(checked), "step": "file"}, follow=True)
    (row,) = filed()
    assert done.redirect_chain == [(f"{PRIVACY}requests/{row.reference}/confirmation/", 302)]
    for words in (row.reference, str(offer.title), "Germany", "23 December 2026", "Europe/Berlin", "What happens next"):
        assert words in text_of(done)
    detail = f"{PRIVACY}requests/{row.reference}/"
    assert f"{detail}confirmation/" in text_of(home.get(detail))
    assert f'href="{detail}">See your open request' in text_of(home.get(PRIVACY))


@pytest.mark.parametrize("kind", sorted(Kind))
def test_changing_an_answer_loses_nothing_that_was_typed(home, kind):
    checked = home.post(new(kind), {"place": "DE", **ANSWERS[kind]})
    changed = home.post(new(kind), {**hidden(checked), "step": "change"})
    assert changed.status_code == 200
    assert '<option value="DE" selected>' in changed.content.decode()
    for typed in ANSWERS[kind].values():
        for each in [typed] if isinstance(typed, str) else typed:
            assert re.search(rf'value="{each}"|\n{each}</textarea>', changed.content.decode())
    assert filed() == []


@pytest.mark.parametrize("kind", sorted(Kind))
@pytest.mark.parametrize("step", ["check", "file"])
def test_what_is_answered_wrongly_comes_back_as_a_form(home, kind, step):
    answer = home.post(new(kind), {"place": "nowhere", **ANSWERS[kind], "step": step})
    assert answer.status_code == 422
    assert "Select a valid choice" in text_of(answer)
    assert filed() == []


def test_the_confirmation_is_the_own_one(home, file_request, make_user):
    row = file_request(make_user("noor"))
    assert home.get(f"{PRIVACY}requests/{row.reference}/confirmation/").status_code == 404


def test_a_draft_has_no_number_and_is_not_stored(user, now):
    draft = services.draft_request(user, kind=Kind.ACCESS, now=now)
    assert (draft.reference, draft.due_on.isoformat(), filed()) == ("", "2026-12-23", [])


@pytest.mark.parametrize(
    ("kind", "answers", "words"),
    [
        ("objection", {"to": "contract"}, "Nobody can object to what their contract needs"),
        ("objection", {"to": "everything"}, "Select a valid choice"),
        ("objection", {}, "This field is required"),
        ("restriction", {"categories": ["thoughts"], "ground": "claims"}, "Select a valid choice"),
        ("restriction", {"categories": ["inbox.letters"], "ground": "claims"}, "Select a valid choice"),
        ("restriction", {"categories": ["logs"], "ground": "mood"}, "Select a valid choice"),
        ("restriction", {"ground": "claims"}, "This field is required"),
    ],
)
@pytest.mark.parametrize("step", ["check", "file"])
def test_what_cannot_be_asked_for_is_refused_with_a_sentence_and_stores_nothing(home, kind, answers, words, step):
    answer = home.post(new(kind), {"place": "DE", "step": step, **answers})
    assert (answer.status_code, words in text_of(answer)) == (422, True)
    assert filed() == []


def test_what_is_restricted_or_objected_to_already_is_named(home, user, file_request, officer, now):
    request = file_request(user, kind=Kind.RESTRICTION, details={"categories": ["logs"], "ground": "claims"})
    with db.use_role("staff"):
        services.take_request(request.reference, actor=officer, now=now)
        services.grant_request(request.reference, actor=officer, now=now)
    again = home.post(new("restriction"), {"place": "DE", **ANSWERS[Kind.RESTRICTION]})
    assert (again.status_code, f"by your request {request.reference}" in text_of(again)) == (422, True)
    objection = file_request(user, kind=Kind.OBJECTION, details={"to": "analytics"})
    again = home.post(new("objection"), {"place": "DE", "to": "analytics"})
    assert (again.status_code, f"by your request {objection.reference}" in text_of(again)) == (422, True)


def test_a_category_that_is_sent_twice_is_restricted_once(home):
    answers = {"place": "DE", "ground": "claims", "categories": ["logs", "logs", "usage"], "step": "file"}
    assert home.post(new("restriction"), answers).status_code == 302
    assert [row.details["categories"] for row in filed()] == [["logs", "usage"]]


def test_analytics_are_objected_to_while_another_objection_is_weighed(home, user, file_request):
    weighed = file_request(user, kind=Kind.OBJECTION, details={"to": "security"})
    assert home.get(new("objection")).status_code == 200
    again = home.post(new("objection"), {"place": "DE", "to": "security"})
    assert (again.status_code, weighed.reference in text_of(again)) == (422, True)
    done = home.post(new("objection"), {"place": "DE", "to": "analytics", "step": "file"}, follow=True)
    assert "It is answered: fulfilled" in text_of(done)
    assert [row.is_open for row in filed()].count(True) == 1


def test_an_objection_to_analytics_is_answered_when_it_is_filed(home):
    done = home.post(new("objection"), {"place": "DE", "to": "analytics", "step": "file"}, follow=True)
    assert "It is answered: fulfilled" in text_of(done)
    page = text_of(home.get(PRIVACY))
    assert "Disputed, restricted or objected to" in page
    (lift,) = re.findall(r'href="(/settings/privacy/marks/[^"]+/lift/)"', page)
    assert "Take an objection back" in text_of(home.get(lift))
    assert "is used as before" in text_of(home.post(lift, follow=True))
    assert home.post(lift).status_code == 404
    assert "Disputed, restricted or objected to" not in text_of(home.get(PRIVACY))


def test_nobody_lifts_somebody_elses_mark(home, make_user, file_request):
    file_request(make_user("noor"), kind=Kind.OBJECTION, details={"to": "analytics"})
    with db.use_role("staff"):
        mark = ProcessingMark.objects.get()
    for send in (home.get, home.post):
        assert send(f"{PRIVACY}marks/{mark.pk}/lift/").status_code == 404
    assert home.get(f"{PRIVACY}marks/{uuid.uuid4()}/lift/").status_code == 404


def test_what_is_done_at_once_names_no_date_and_its_page_says_what_was_asked(home, user):
    checked = home.post(new("objection"), {"to": "analytics", "place": "DE"})
    assert "At once: it is done as you file it." in text_of(checked)
    assert "at the latest" not in text_of(checked)
    home.post(new("objection"), {"to": "analytics", "place": "DE", "step": "file"})
    page = home.get(f"{PRIVACY}requests/{filed()[0].reference}/")
    assert "What you object to" in text_of(page)
