"""The user's pages and the desk's, from the door: what they show, and how they answer bad input."""

import html
import re
from datetime import timedelta
from uuid import UUID, uuid4

import pytest
from django.core import signing
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.identity.roles import Role
from audit import sides
from audit.models import Entry
from humanaccess import services
from humanaccess.forms import open_text
from humanaccess.grounds import Ground
from humanaccess.models import Ask, Decision, Grant
from tests.humanaccess.conftest import REASON
from tests.signin import sign_in
from tests.stolen.thief import Thief


@pytest.fixture
def door():
    """Sign somebody in: `door(user)`; staff with their second factor."""

    def enter(person, **how):
        return sign_in(Client(), person, **{"mfa": person.is_staff, "fresh": True, **how})

    return enter


def page_of(ask):
    return f"/settings/permissions/{ask.reference}/"


def desk_of(ask, act=""):
    return f"/staff/humanaccess/ask/{ask.reference}/{act}"


def hidden_text(response):
    return html.unescape(re.search(r'name="text" value="([^"]+)"', response.content.decode())[1])


def own_state(user):
    with sides.as_subject(user.reference):
        return Ask.objects.get().state


def test_the_page_that_asks_shows_words_and_items_and_ticks_nothing(make_ask, user, door, lines):
    ask = make_ask()
    client = door(user)
    assert ask.reference in client.get("/settings/permissions/").content.decode()
    page = client.get(page_of(ask)).content.decode()
    for words in (REASON, "sam", "support agent", "canary-log-text", lines[0].label, "1 day"):
        assert words in page
    assert " checked" not in page
    assert own_state(user) == "asked"


@pytest.mark.tampering
def test_what_does_not_open_is_said_and_takes_nothing_with_it(make_ask, user, door, lines):
    ask = make_ask()
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE workloads_logline SET sealed = '\\x0102' WHERE id = %s", [lines[0].id])
        cursor.execute("ALTER TABLE humanaccess_ask DISABLE TRIGGER USER")
        cursor.execute("UPDATE humanaccess_ask SET sealed = '\\x0102'")
    page = door(user).get(page_of(ask))
    assert page.status_code == 200
    words = page.content.decode()
    assert "This text does not open" in words
    assert "This item does not open" in words
    assert "no longer exists" not in words
    assert words.count("canary-log-text") == len(lines) - 1


def test_agreeing_stores_exactly_what_was_shown(make_ask, user, support, door, lines, now):
    ask = make_ask()
    client = door(user)
    token = hidden_text(client.get(page_of(ask)))
    answer = {"answer": "agree", "text": token, "items": [str(lines[0].id)]}
    assert client.post(page_of(ask), answer).status_code == 302
    assert own_state(user) == "agreed"
    with sides.acting("staff"):
        _reason, notes = services.show_ask_to_staff(Ask.objects.get(), viewer=support, now=now)
    assert notes[user.reference] == open_text(token, ask, user).text
    page = client.get(page_of(ask)).content.decode()
    assert "End this permission now" in page
    again = client.post(page_of(ask), answer)
    assert again.status_code == 409
    assert "already answered" in again.content.decode()


def test_the_owner_ends_it_on_the_page_and_once(agreed, user, door):
    client = door(user)
    ask = agreed.ask
    assert client.get(page_of(ask) + "end/").status_code == 405
    assert client.post(page_of(ask) + "end/").status_code == 302
    assert client.post(page_of(ask) + "end/").status_code == 409
    with sides.as_subject(user.reference):
        assert Grant.objects.get().ended_reason == "user"


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"text": "forged"}, 400, "does not belong"),
        ({"text": ""}, 400, "does not belong"),
        ({"answer": "maybe"}, 400, "Choose"),
        ({"items": []}, 400, "Tick what you agree to"),
        ({"items": ["x"]}, 400, "not part of this ask"),
        ({"items": [str(UUID(int=5))]}, 400, "not part of this ask"),
    ],
)
def test_a_bad_answer_says_what_is_wrong_and_stores_nothing(make_ask, user, door, lines, change, status, words):
    ask = make_ask()
    client = door(user)
    good = {"answer": "agree", "text": hidden_text(client.get(page_of(ask))), "items": [str(lines[0].id)]}
    response = client.post(page_of(ask), good | change)
    assert response.status_code == status
    assert words in response.content.decode()
    assert own_state(user) == "asked"
    with sides.as_subject(user.reference):
        assert not Decision.objects.exists()


def test_a_form_of_another_ask_or_of_yesterday_is_refused(make_ask, user, door, lines, monkeypatch):
    first, second = make_ask(), make_ask()
    client = door(user)
    token = hidden_text(client.get(page_of(first)))
    answer = {"answer": "refuse", "text": token}
    assert client.post(page_of(second), answer).status_code == 400
    load = signing.loads
    monkeypatch.setattr(signing, "loads", lambda *args, **kw: load(*args, **{**kw, "max_age": timedelta(seconds=-1)}))
    late = client.post(page_of(first), answer)
    assert late.status_code == 400
    assert "more than an hour" in late.content.decode()


def test_agreement_wants_the_owner_signed_in_with_a_fresh_step_up(make_ask, user, make_user, door):
    ask = make_ask()
    assert Client().get(page_of(ask)).status_code == 302
    stale = door(user, fresh=False).get(page_of(ask))
    assert stale.status_code == 302
    assert "step-up" in stale["Location"]
    other = door(make_user("omar"))
    assert other.get(page_of(ask)).status_code == 404
    assert other.post(page_of(ask), {"answer": "refuse"}).status_code == 404
    assert ask.reference not in other.get("/settings/permissions/").content.decode()
    assert own_state(user) == "asked"


def test_a_security_ask_is_not_the_users_to_see_or_answer(make_ask, user, door):
    ask = make_ask(Ground.SECURITY)
    assert door(user).get(page_of(ask)).status_code == 404


def test_the_overview_says_that_an_answer_is_asked_for(make_ask, user, door):
    make_ask()
    assert "May we look?" in door(user).get("/settings/").content.decode()


def test_who_looked_is_empty_until_somebody_did(agreed, user, support, lines, door):
    client = door(user)
    assert "Nobody has looked" in client.get("/settings/looked/").content.decode()
    with sides.acting("staff"):
        look = services.read_item(
            agreed.pk, item_id=lines[0].id, reader=support, mfa=True, stepped_up=True, now=timezone.now()
        )
    page = client.get("/settings/looked/").content.decode()
    for words in (
        "sam",
        lines[0].label,
        f"<bdi>“{REASON}",  # a reason in English reads right on a page in Arabic
        "Your agreement",
        "you",
        f"/receipts/{look.entry}/",
        "verify.py FILE",
        "1 day",
    ):
        assert words in page
    for query, found in [("sam", True), (lines[0].label, True), (agreed.ask.reference, True), (lines[1].label, False)]:
        assert (str(look.entry) in client.get("/settings/looked/", {"q": query}).content.decode()) is found


def test_an_entry_added_by_hand_hides_no_look(agreed, user, support, lines, door):
    with sides.acting("staff"):
        look = services.read_item(
            agreed.pk, item_id=lines[0].id, reader=support, mfa=True, stepped_up=True, now=timezone.now()
        )
    thief = Thief("office_staff")
    for event in ("humanaccess.item.read", "humanaccess.items.listed"):
        for payload in ({}, {"case": agreed.ask.reference}, {"kind": 5, "item": ["x"], "case": agreed.ask.reference}):
            thief.forge(event, subject=user.reference, actor=f"staff:{support.reference}", payload=payload)
    thief.connection.close()
    page = door(user).get("/settings/looked/")
    assert page.status_code == 200
    assert f"/receipts/{look.entry}/" in page.content.decode()
    page = door(support).get(f"/staff/humanaccess/ask/{agreed.ask.reference}/")
    assert page.status_code == 200
    assert str(look.entry) in page.content.decode()


def test_who_looked_names_the_second_person_and_what_was_not_shown(
    approved, engineer, user, make_user, lines, door, office
):

    from humanaccess.errors import NothingToShowError

    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM workloads_logline WHERE id = %s", [lines[0].id])
    with sides.acting("staff"), pytest.raises(NothingToShowError):
        services.read_item(
            approved.pk, item_id=lines[0].id, reader=engineer, mfa=True, stepped_up=True, now=timezone.now()
        )
    page = door(user).get("/settings/looked/").content.decode()
    assert "ada" in page
    assert "nothing was shown" in page
    assert approved.ask.reference not in door(make_user("omar")).get("/settings/looked/").content.decode()


def tokens_of(response):
    return [html.unescape(token) for token in re.findall(r'name="items" value="([^"]+)"', response.content.decode())]


@pytest.fixture
def search(user, now):
    """What the desk posts to find the user's log lines."""
    return {
        "step": "find",
        "person": user.email.upper(),
        "kind": "workloads.logline",
        "app": str(UUID(int=7)),
        "start": (now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"),
        "end": (now + timedelta(minutes=1)).strftime("%Y-%m-%dT%H:%M"),
    }


NEW = "/staff/humanaccess/ask/new/"


def test_the_desk_finds_items_and_files_an_ask(user, support, lines, search, door):
    client = door(support)
    found = client.post(NEW, search)
    page = found.content.decode()
    assert "canary" not in page
    tokens = tokens_of(found)
    assert len(tokens) == 3
    filed = client.post(NEW, {"step": "ask", "ground": "agreement", "reason": REASON, "items": tokens[:2]})
    assert filed.status_code == 302
    with sides.as_subject(user.reference):
        assert Ask.objects.get().items.count() == 2
    assert REASON in client.get(filed["Location"]).content.decode()


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"person": "nobody@example.org"}, "exactly this address"),
        ({"person": ""}, "required"),
        ({"kind": "secrets"}, "valid choice"),
        ({"app": ""}, "Name the app"),
        ({"app": "x"}, "UUID"),
        ({"start": ""}, "from when until when"),
        ({"end": "2001-01-01T00:00"}, "end must be after"),
    ],
)
def test_a_bad_search_names_the_field(support, lines, search, door, change, words):
    response = door(support).post(NEW, search | change)
    assert response.status_code == 400
    assert words in response.content.decode()


@pytest.mark.parametrize(
    ("change", "status", "words"),
    [
        ({"reason": "short"}, 400, "characters"),
        ({"reason": ""}, 400, "required"),
        ({"ground": "curiosity"}, 400, "valid choice"),
        ({"ground": "legal"}, 400, "valid choice"),
        ({"ground": "aggregate"}, 400, "valid choice"),
        ({"ground": "security"}, 400, "valid choice"),
        ({"hours": "999"}, 400, "valid choice"),
        ({"items": ["forged"]}, 400, "damaged"),
        ({"items": []}, 400, "at least one item"),
    ],
)
def test_a_bad_ask_names_the_field_and_stores_nothing(support, lines, search, door, change, status, words):
    client = door(support)
    good = {"step": "ask", "ground": "agreement", "reason": REASON, "items": tokens_of(client.post(NEW, search))}
    response = client.post(NEW, good | change)
    assert response.status_code == status
    assert words in response.content.decode()
    with sides.acting("staff"):
        assert not Ask.objects.exists()


def test_the_reader_looks_by_a_posted_button_and_sees_one_item(agreed, support, lines, door):
    client = door(support)
    page = client.get(desk_of(agreed.ask)).content.decode()
    assert page.count(">Look<") == 2
    assert "canary" not in page
    address = desk_of(agreed.ask, f"look/{lines[0].id}/")
    assert client.get(address).status_code == 405
    shown = client.post(address)
    assert shown.status_code == 200
    assert "canary-log-text" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert client.post(desk_of(agreed.ask, f"look/{lines[2].id}/")).status_code == 403
    assert client.post(desk_of(agreed.ask, f"look/{uuid4()}/")).status_code == 403


def test_revocation_bites_on_the_page(agreed, support, user, lines, door, now):
    client = door(support)
    services.revoke_grant(agreed, actor=user, now=now)
    response = client.post(desk_of(agreed.ask, f"look/{lines[0].id}/"))
    assert response.status_code == 403
    assert "has ended" in response.content.decode()
    assert "canary" not in response.content.decode()


def test_nobody_else_looks(agreed, engineer, approver, make_staff, user, lines, door):
    address = desk_of(agreed.ask, f"look/{lines[0].id}/")
    auditor = make_staff("otto", Role.AUDITOR)
    root = make_staff("root", Role.ADMINISTRATOR, is_superuser=True)
    for person, status in [(auditor, 403), (approver, 403), (engineer, 404), (root, 403), (user, 403)]:
        response = door(person).post(address)
        assert response.status_code in {status, 302}
        assert "canary" not in response.content.decode()
    without_factor = sign_in(Client(), make_staff("tess", Role.SUPPORT)).post(address)
    assert without_factor.status_code == 302


def test_a_second_person_approves_on_the_page_and_the_asker_cannot(make_ask, engineer, approver, door):
    ask = make_ask(Ground.SECURITY)
    asker = door(engineer)
    assert "Approve" not in asker.get(desk_of(ask)).content.decode()
    assert asker.post(desk_of(ask, "approve/")).status_code == 403
    client = door(approver)
    assert "Approve" in client.get(desk_of(ask)).content.decode()
    assert client.get(desk_of(ask, "approve/")).status_code == 405
    assert client.post(desk_of(ask, "approve/"), {"note": "Clear."}).status_code == 302
    assert client.post(desk_of(ask, "approve/")).status_code == 409
    page = client.get(desk_of(ask)).content.decode()
    assert "Clear." in page
    assert "End this access" in page


def test_the_approver_is_shown_that_the_user_refused(make_ask, user, approver, shown, door, now):
    services.refuse_ask(make_ask(), user=user, shown=shown, now=now)
    ask = make_ask(Ground.SECURITY)
    client = door(approver)
    page = client.get(desk_of(ask)).content.decode()
    assert "did not agree" in page
    assert 'name="has_seen_refusal"' in page
    refused = client.post(desk_of(ask, "approve/"))
    assert refused.status_code == 400
    assert "Confirm that you have seen" in refused.content.decode()
    assert client.post(desk_of(ask, "approve/"), {"has_seen_refusal": "on"}).status_code == 302


def test_an_approver_confirms_no_refusal_where_the_user_refused_nothing(make_ask, approver, door):
    page = door(approver).get(desk_of(make_ask(Ground.SECURITY))).content.decode()
    assert "Your decision" in page
    assert "did not agree" not in page


def test_the_desk_lists_ones_own_asks_and_to_overseers_all(make_ask, support, engineer, approver, make_staff, door):
    mine, theirs = make_ask(), make_ask(Ground.SECURITY)
    page = door(support).get("/staff/humanaccess/ask/").content.decode()
    assert mine.reference in page
    assert theirs.reference not in page
    assert door(support).get(desk_of(theirs)).status_code == 404
    for overseer in (approver, make_staff("otto", Role.AUDITOR)):
        client = door(overseer)
        page = client.get("/staff/humanaccess/ask/").content.decode()
        assert mine.reference in page
        assert theirs.reference in page
        assert client.get(desk_of(mine)).status_code == 200
    administrator = door(make_staff("root", Role.ADMINISTRATOR, is_superuser=True))
    assert administrator.get("/staff/humanaccess/ask/").status_code == 403
    assert administrator.get(desk_of(mine)).status_code == 403
    for show in ("waiting", "open", "review", "nonsense"):
        assert door(approver).get("/staff/humanaccess/ask/", {"show": show}).status_code == 200


def test_the_desk_reviews_closes_and_withdraws(approved, make_ask, engineer, support, make_staff, lines, door, now):
    with sides.acting("staff"):
        services.read_item(
            approved.pk, item_id=lines[0].id, reader=engineer, mfa=True, stepped_up=True, now=timezone.now()
        )
    assert door(engineer).post(desk_of(approved.ask, "close/")).status_code == 302
    reviewer = door(make_staff("rita", Role.APPROVER_SECURITY))
    assert reviewer.post(desk_of(approved.ask, "review/"), {"finding": "perfect"}).status_code == 400
    assert reviewer.post(desk_of(approved.ask, "review/"), {"finding": "in_order"}).status_code == 302
    assert "rita" in reviewer.get(desk_of(approved.ask)).content.decode()
    ask = make_ask()
    client = door(support)
    assert client.post(desk_of(ask, "revoke/")).status_code == 409
    assert client.post(desk_of(ask, "cancel/")).status_code == 302


def test_decisions_and_looks_want_a_step_up_of_their_own(make_ask, agreed, support, approver, lines, door, monkeypatch):
    ask = make_ask(Ground.SECURITY)
    client = door(approver, fresh=False)
    page = client.get(desk_of(ask)).content.decode()
    assert "Confirm it is you, to decide" in page
    assert 'name="has_seen_refusal"' not in page
    led = client.post(desk_of(ask, "approve/"), headers={"Referer": f"http://testserver{desk_of(ask)}"})
    assert led.status_code == 302
    assert led["Location"] == f"/settings/step-up/?next={desk_of(ask).replace('/', '%2F')}"
    with sides.acting("staff"):
        assert Ask.objects.get(pk=ask.pk).state == "asked"
    reader = door(support, fresh=False)
    page = reader.get(desk_of(agreed.ask)).content.decode()
    assert "Confirm it is you, to look" in page
    assert ">Look<" not in page
    led = reader.post(desk_of(agreed.ask, f"look/{lines[0].id}/"))
    assert led.status_code == 302
    assert led["Location"].endswith("&for=read")
    assert reader.get(NEW)["Location"].endswith("&for=read")


def test_what_ends_or_withdraws_wants_no_step_up(agreed, make_ask, support, officer, door):
    client = door(support, fresh=False)
    assert client.post(desk_of(make_ask(), "cancel/"))["Location"].startswith("/staff/humanaccess/")
    ended = door(officer, fresh=False).post(desk_of(agreed.ask, "revoke/"))
    assert ended["Location"].startswith("/staff/humanaccess/")
    with sides.acting("staff"):
        assert Grant.objects.get().ended_reason == "staff"


def test_a_review_is_offered_to_who_may_review(approved, engineer, approver, officer, make_staff, lines, door):
    with sides.acting("staff"):
        services.read_item(
            approved.pk, item_id=lines[0].id, reader=engineer, mfa=True, stepped_up=True, now=timezone.now()
        )
        services.close_grant(approved, reader=engineer, now=timezone.now())

    def offered(person):
        return "Record the review" in door(person).get(desk_of(approved.ask)).content.decode()

    auditor = make_staff("otto", Role.AUDITOR)
    assert [offered(person) for person in (engineer, approver, officer, auditor)] == [False, False, True, False]
    reviewer = make_staff("rita", Role.APPROVER_SECURITY)
    assert [offered(person) for person in (approver, officer, reviewer)] == [False, False, True]


def test_a_decision_is_offered_to_who_may_decide(make_ask, make_staff, approver, user, shown, door, now):
    services.refuse_ask(make_ask(), user=user, shown=shown, now=now)
    ask = make_ask(Ground.SECURITY)
    second = make_staff("ben", Role.APPROVER_SECURITY)
    twin = make_staff("erin2", Role.APPROVER_SECURITY, email="erin+2@example.org")

    def offered(person):
        return "Your decision" in door(person).get(desk_of(ask)).content.decode()

    assert [offered(person) for person in (approver, second, twin)] == [True, True, False]
    client = door(approver)
    answer = client.post(desk_of(ask, "approve/"), {"has_seen_refusal": "on"}, follow=True)
    page = answer.content.decode()
    assert "Access opens once another approver has approved" in page
    assert "1 of 2 needed approvals count now" in page
    assert "Your decision" not in page


def test_a_second_approval_after_the_first_lost_its_right_is_said_and_counted(
    make_ask, make_staff, approver, user, shown, door, events, now
):
    services.refuse_ask(make_ask(), user=user, shown=shown, now=now)
    ask = make_ask(Ground.SECURITY)
    second = make_staff("ben", Role.APPROVER_SECURITY)
    seen = {"has_seen_refusal": "on"}
    assert door(approver).post(desk_of(ask, "approve/"), seen).status_code == 302
    with sides.acting("staff"):
        approver.role_assignments.update(ended_at=now, ended_by="0" * 32)
    page = door(second).post(desk_of(ask, "approve/"), seen, follow=True).content.decode()
    assert "Access opens once another approver has approved" in page
    assert "1 of 2 needed approvals count now" in page
    assert events("humanaccess.ask.approved") == [("humanaccess.ask.approved", "ok")] * 2
    with sides.acting("staff"):
        assert Decision.objects.filter(ask=ask).count() == 2
        assert Ask.objects.get(pk=ask.pk).state == "asked"


def test_the_form_offers_no_ground_that_it_would_refuse(support, engineer, lines, search, door):
    for person, offered in ((support, {"agreement"}), (engineer, {"agreement", "security"})):
        page = door(person).post(NEW, search).content.decode()
        grounds = {ground for ground in ("agreement", "security", "legal", "aggregate") if f'value="{ground}"' in page}
        assert grounds == offered
        assert ("Bug or abuse report" in page) is (person is engineer)


def test_who_looked_shows_listings_too_and_counts_them(user, make_user, support, lines, search, door, make_ask):
    client = door(user)
    assert "Nobody has looked" in client.get("/settings/looked/").content.decode()
    assert len(tokens_of(door(support).post(NEW, search))) == 3
    page = client.get("/settings/looked/")
    assert page.context["page_obj"].paginator.count == 1
    words = page.content.decode()
    assert "sam" in words
    assert "listed, not opened" in words
    assert "Application log lines" in words
    with sides.acting("auditor"):
        entry = Entry.objects.get(event="humanaccess.items.listed")
    assert f"/receipts/{entry.pk}/" in words
    assert client.get(f"/settings/receipts/{entry.pk}/").status_code in {200, 409, 503}
    for query, found in [("sam", True), ("log lines", True), ("commands", False), ("erin", False)]:
        assert (str(entry.pk) in client.get("/settings/looked/", {"q": query}).content.decode()) is found
    assert str(entry.pk) not in door(make_user("omar")).get("/settings/looked/").content.decode()
