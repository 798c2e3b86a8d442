"""The users' and the staff's pages: what they show, and how they answer bad input."""

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
from audit.log.models import Entry
from core import db
from humanaccess import services
from humanaccess.forms import open_text
from humanaccess.grounds import Ground
from humanaccess.models import ApprovalRequest, Decision, Grant
from humanaccess.receivers import count_unseen
from tests.humanaccess.conftest import REASON
from tests.settings_menu import count_beside
from tests.signin import sign_in
from tests.stolen.thief import Thief


def page_of(approval_request):
    return f"/settings/permissions/{approval_request.reference}/"


def staff_page(approval_request, act=""):
    return f"/staff/humanaccess/ask/{approval_request.reference}/{act}"


def hidden_text(response):
    return html.unescape(re.search(r'name="text" value="([^"]+)"', response.content.decode())[1])


def own_state(user):
    with db.row_security_for(user.reference):
        return ApprovalRequest.objects.get().state


def test_the_page_that_asks_shows_text_and_items_and_ticks_nothing(make_request, user, client_of, lines):
    approval_request = make_request()
    client = client_of(user)
    assert approval_request.reference in client.get("/settings/permissions/").content.decode()
    page = client.get(page_of(approval_request)).content.decode()
    for text in (REASON, "sam", "support agent", "canary-log-text", lines[0].label, "1 day"):
        assert text in page
    assert " checked" not in page
    assert own_state(user) == "asked"


@pytest.mark.tampering
def test_what_cannot_be_decrypted_is_reported_and_hides_nothing_else(make_request, user, client_of, lines):
    approval_request = make_request()
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE workloads_logline SET sealed = '\\x0102' WHERE id = %s", [lines[0].id])
        cursor.execute("ALTER TABLE humanaccess_ask DISABLE TRIGGER USER")
        cursor.execute("UPDATE humanaccess_ask SET sealed = '\\x0102'")
    page = client_of(user).get(page_of(approval_request))
    assert page.status_code == 200
    text = page.content.decode()
    assert "This text does not open" in text
    assert "This item does not open" in text
    assert "no longer exists" not in text
    assert text.count("canary-log-text") == len(lines) - 1


def test_agreeing_stores_exactly_what_was_shown(make_request, user, support, client_of, lines, now):
    approval_request = make_request()
    client = client_of(user)
    token = hidden_text(client.get(page_of(approval_request)))
    answer = {"answer": "agree", "text": token, "items": [str(lines[0].id)]}
    assert client.post(page_of(approval_request), answer).status_code == 302
    assert own_state(user) == "agreed"
    with db.use_role("staff"):
        _reason, notes, _texts = services.show_request_to_staff(ApprovalRequest.objects.get(), viewer=support, now=now)
    assert notes[user.reference] == open_text(token, approval_request, user).text
    page = client.get(page_of(approval_request)).content.decode()
    assert "End this permission now" in page
    again = client.post(page_of(approval_request), answer)
    assert again.status_code == 409
    assert "already answered" in again.content.decode()


def test_a_permission_that_has_ended_is_agreed_no_more(agreed, user, support, lines, client_of, now):
    client = client_of(user)
    pages = ("/settings/permissions/", page_of(agreed.approval_request))
    green = '<span class="pill success">agreed</span>'
    for page in pages:
        assert green in client.get(page).content.decode()
    services.revoke_grant(agreed, actor=user, now=now)
    for page in pages:
        text = client.get(page).content.decode()
        assert green not in text
        assert '<span class="pill ">over</span>' in text
        assert "ended by you" in text


def test_titles_say_who_what_and_how_long(make_request, user, support, client_of):
    approval_request = make_request(window=timedelta(hours=4))
    client = client_of(user)
    assert "sam: 3 items for 4 hours" in client.get("/settings/permissions/").content.decode()
    page = client.get(page_of(approval_request)).content.decode()
    assert "<title>sam: 3 items for 4 hours · OmegaOffice</title>" in page
    assert "May <bdi>sam</bdi> look at 3 items for 4 hours?" in page


def test_the_page_says_before_the_answer_what_not_ticking_means(make_request, user, client_of):
    page = client_of(user).get(page_of(make_request())).content.decode()
    assert page.index("counts as not agreed to, whatever else you tick") < page.index("Agree to what I ticked")


def test_an_error_keeps_what_was_ticked_but_not_under_another_text(make_request, user, client_of, lines):
    approval_request = make_request()
    client = client_of(user)
    token = hidden_text(client.get(page_of(approval_request)))
    one = str(lines[0].id)
    page = client.post(page_of(approval_request), {"answer": "", "text": token, "items": [one]})
    assert page.status_code == 422
    assert re.findall(r'value="([^"]+)" checked', page.content.decode()) == [one]
    page = client.post(page_of(approval_request), {"answer": "agree", "text": "forged", "items": [one]})
    assert " checked" not in page.content.decode()


def test_the_owner_ends_it_on_the_page_and_once(agreed, user, client_of):
    client = client_of(user)
    approval_request = agreed.approval_request
    assert client.get(page_of(approval_request) + "end/").status_code == 405
    assert 'class="pill success">agreed<' in client.get(page_of(approval_request)).content.decode()
    assert client.post(page_of(approval_request) + "end/").status_code == 302
    page = client.get(page_of(approval_request)).content.decode()
    assert ("pill success" in page, page.count("agreed, over now"), ">over<" in page) == (False, 2, True)
    assert client.post(page_of(approval_request) + "end/").status_code == 409
    with db.row_security_for(user.reference):
        assert Grant.objects.get().ended_reason == "user"


@pytest.mark.parametrize(
    ("change", "status", "text"),
    [
        ({"text": "forged"}, 422, "does not belong"),
        ({"text": ""}, 422, "does not belong"),
        ({"answer": "maybe"}, 422, "Choose"),
        ({"items": []}, 422, "Tick what you agree to"),
        ({"items": ["x"]}, 422, "not part of this approval request"),
        ({"items": [str(UUID(int=5))]}, 422, "not part of this approval request"),
    ],
)
def test_a_bad_answer_says_what_is_wrong_and_stores_nothing(make_request, user, client_of, lines, change, status, text):
    approval_request = make_request()
    client = client_of(user)
    good = {"answer": "agree", "text": hidden_text(client.get(page_of(approval_request))), "items": [str(lines[0].id)]}
    response = client.post(page_of(approval_request), good | change)
    assert response.status_code == status
    assert text in response.content.decode()
    assert own_state(user) == "asked"
    with db.row_security_for(user.reference):
        assert not Decision.objects.exists()


def test_a_form_of_another_request_or_of_yesterday_is_refused(make_request, user, client_of, lines, monkeypatch):
    first, second = make_request(), make_request()
    client = client_of(user)
    token = hidden_text(client.get(page_of(first)))
    answer = {"answer": "refuse", "text": token}
    assert client.post(page_of(second), answer).status_code == 422
    load = signing.loads
    monkeypatch.setattr(signing, "loads", lambda *args, **kw: load(*args, **{**kw, "max_age": timedelta(seconds=-1)}))
    late = client.post(page_of(first), answer)
    assert late.status_code == 422
    assert "more than an hour" in late.content.decode()


def test_agreement_needs_the_owner_signed_in_with_a_recent_step_up(make_request, user, make_user, client_of):
    approval_request = make_request()
    assert Client().get(page_of(approval_request)).status_code == 302
    stale = client_of(user, fresh=False).get(page_of(approval_request))
    assert stale.status_code == 302
    assert "step-up" in stale["Location"]
    other = client_of(make_user("omar"))
    assert other.get(page_of(approval_request)).status_code == 404
    assert other.post(page_of(approval_request), {"answer": "refuse"}).status_code == 404
    assert approval_request.reference not in other.get("/settings/permissions/").content.decode()
    assert own_state(user) == "asked"


def test_a_security_request_is_not_the_users_to_see_or_answer(make_request, user, client_of):
    approval_request = make_request(Ground.SECURITY)
    assert client_of(user).get(page_of(approval_request)).status_code == 404


def test_the_overview_says_that_a_request_waits_for_an_answer(make_request, user, client_of):
    make_request()
    page = client_of(user).get("/settings/")
    assert [(str(card.title), card.url) for card in page.context["waiting"]] == [
        ("May we look?", "/settings/permissions/")
    ]
    assert count_beside(page, "/settings/permissions/") == "1"


def test_the_access_history_is_empty_until_somebody_has_read(agreed, user, support, lines, client_of):
    client = client_of(user)
    assert "Nobody has looked" in client.get("/settings/looked/").content.decode()
    with db.use_role("staff"):
        result = services.read_item(
            agreed.pk, item_id=lines[0].id, reader=support, mfa=True, stepped_up=True, now=timezone.now()
        )
    page = client.get("/settings/looked/").content.decode()
    for text in (
        "sam",
        lines[0].label,
        f"<bdi>“{REASON}",  # a reason in English reads right on a page in Arabic
        "Your agreement",
        "you",
        f"/receipts/{result.entry}/",
        "verify.py FILE",
        "1 day",
    ):
        assert text in page
    for query, found in [
        ("sam", True),
        (lines[0].label, True),
        (agreed.approval_request.reference, True),
        (lines[1].label, False),
    ]:
        assert (str(result.entry) in client.post("/settings/looked/", {"q": query}).content.decode()) is found
    # letters and permissions link a case; a name in an address is not searched for
    for query, found in [(agreed.approval_request.reference, True), ("HA-1999-000001", False), ("omar", True)]:
        assert (str(result.entry) in client.get(f"/settings/looked/?q={query}").content.decode()) is found


def test_an_entry_added_by_hand_hides_no_access(agreed, user, support, lines, client_of):
    with db.use_role("staff"):
        result = services.read_item(
            agreed.pk, item_id=lines[0].id, reader=support, mfa=True, stepped_up=True, now=timezone.now()
        )
    thief = Thief("office_staff")
    for event in ("humanaccess.item.read", "humanaccess.items.listed"):
        for payload in (
            {},
            {"case": agreed.approval_request.reference},
            {"kind": 5, "item": ["x"], "case": agreed.approval_request.reference},
        ):
            thief.forge(event, subject=user.reference, actor=f"staff:{support.reference}", payload=payload)
    thief.connection.close()
    page = client_of(user).get("/settings/looked/")
    assert page.status_code == 200
    assert f"/receipts/{result.entry}/" in page.content.decode()
    page = client_of(support).get(f"/staff/humanaccess/ask/{agreed.approval_request.reference}/")
    assert page.status_code == 200
    assert str(result.entry) in page.content.decode()


def test_the_access_history_names_the_second_person_and_what_was_not_shown(
    approved, engineer, user, make_user, lines, client_of, office
):

    from humanaccess.errors import NothingToShowError

    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM workloads_logline WHERE id = %s", [lines[0].id])
    with db.use_role("staff"), pytest.raises(NothingToShowError):
        services.read_item(
            approved.pk, item_id=lines[0].id, reader=engineer, mfa=True, stepped_up=True, now=timezone.now()
        )
    page = client_of(user).get("/settings/looked/").content.decode()
    assert "ada" in page
    assert "nothing was shown" in page
    assert (
        approved.approval_request.reference
        not in client_of(make_user("omar")).get("/settings/looked/").content.decode()
    )


NEW = "/staff/humanaccess/ask/new/"


def test_the_reader_reads_by_a_posted_button_and_sees_one_item(agreed, support, lines, client_of):
    client = client_of(support)
    page = client.get(staff_page(agreed.approval_request)).content.decode()
    assert page.count(">Read<") == 2
    assert "canary" not in page
    address = staff_page(agreed.approval_request, f"look/{lines[0].id}/")
    assert client.get(address)["Location"] == staff_page(agreed.approval_request)
    shown = client.post(address)
    assert shown.status_code == 200
    assert "canary-log-text" in shown.content.decode()
    assert "no-store" in shown["Cache-Control"]
    assert client.post(staff_page(agreed.approval_request, f"look/{lines[2].id}/")).status_code == 403
    assert client.post(staff_page(agreed.approval_request, f"look/{uuid4()}/")).status_code == 403


def test_revocation_bites_on_the_page(agreed, support, user, lines, client_of, now):
    client = client_of(support)
    services.revoke_grant(agreed, actor=user, now=now)
    response = client.post(staff_page(agreed.approval_request, f"look/{lines[0].id}/"))
    assert response.status_code == 403
    assert "has ended" in response.content.decode()
    assert "canary" not in response.content.decode()


def test_nobody_else_reads(agreed, engineer, approver, make_staff, user, lines, client_of):
    address = staff_page(agreed.approval_request, f"look/{lines[0].id}/")
    auditor = make_staff("otto", Role.AUDITOR)
    root = make_staff("root", Role.ADMINISTRATOR, is_superuser=True)
    for person, status in [(auditor, 403), (approver, 403), (engineer, 404), (root, 404), (user, 403)]:
        response = client_of(person).post(address)
        assert response.status_code in {status, 302}
        assert "canary" not in response.content.decode()
    without_factor = sign_in(Client(), make_staff("tess", Role.SUPPORT)).post(address)
    assert without_factor.status_code == 302


def test_a_second_person_approves_on_the_page_and_the_asker_cannot(make_request, engineer, approver, client_of):
    approval_request = make_request(Ground.SECURITY)
    asker = client_of(engineer)
    assert "Approve" not in asker.get(staff_page(approval_request)).content.decode()
    assert asker.post(staff_page(approval_request, "approve/")).status_code == 403
    client = client_of(approver)
    assert "Approve" in client.get(staff_page(approval_request)).content.decode()
    assert client.get(staff_page(approval_request, "approve/")).status_code == 200
    with db.use_role("staff"):
        assert ApprovalRequest.objects.get().state == "asked"
    assert client.post(staff_page(approval_request, "approve/"), {"note": "Clear."}).status_code == 302
    assert client.post(staff_page(approval_request, "approve/")).status_code == 409
    page = client.get(staff_page(approval_request)).content.decode()
    assert "Clear." in page
    assert "End this access" in page


def test_the_approver_is_shown_that_the_user_refused(make_request, user, approver, shown, client_of, now):
    services.refuse_approval(make_request(), user=user, shown=shown, now=now)
    approval_request = make_request(Ground.SECURITY)
    client = client_of(approver)
    assert "did not agree" in client.get(staff_page(approval_request)).content.decode()
    assert 'name="has_seen_refusal"' in client.get(staff_page(approval_request, "approve/")).content.decode()
    refused = client.post(staff_page(approval_request, "approve/"))
    assert refused.status_code == 422
    assert "Confirm that you have seen" in refused.content.decode()
    assert client.post(staff_page(approval_request, "approve/"), {"has_seen_refusal": "on"}).status_code == 302


def test_an_approver_confirms_no_refusal_where_the_user_refused_nothing(make_request, approver, client_of):
    client, address = client_of(approver), staff_page(make_request(Ground.SECURITY), "approve/")
    page = client.get(address).content.decode()
    assert "Approve this access" in page
    assert "did not agree" not in page


def test_the_queue_lists_ones_own_requests_and_to_overseers_all(
    make_request, support, engineer, approver, make_staff, client_of
):
    mine, theirs = make_request(), make_request(Ground.SECURITY)
    page = client_of(support).get("/staff/humanaccess/ask/").content.decode()
    assert mine.reference in page
    assert theirs.reference not in page
    assert client_of(support).get(staff_page(theirs)).status_code == 404
    for overseer in (approver, make_staff("otto", Role.AUDITOR)):
        client = client_of(overseer)
        page = client.get("/staff/humanaccess/ask/").content.decode()
        assert mine.reference in page
        assert theirs.reference in page
        assert client.get(staff_page(mine)).status_code == 200
    administrator = client_of(make_staff("root", Role.ADMINISTRATOR, is_superuser=True))
    page = administrator.get("/staff/humanaccess/ask/").content.decode()
    assert mine.reference not in page  # others are left to review
    assert theirs.reference not in page
    assert administrator.get(staff_page(mine)).status_code == 404
    for tab, status in {"waiting": 200, "mine": 200, "open": 200, "review": 200, "nonsense": 422}.items():
        assert client_of(approver).get("/staff/humanaccess/ask/", {"tab": tab}).status_code == status


def test_the_page_reviews_closes_and_withdraws(
    approved, make_request, engineer, support, make_staff, lines, client_of, now
):
    with db.use_role("staff"):
        services.read_item(
            approved.pk, item_id=lines[0].id, reader=engineer, mfa=True, stepped_up=True, now=timezone.now()
        )
    assert client_of(engineer).post(staff_page(approved.approval_request, "close/")).status_code == 302
    reviewer = client_of(make_staff("rita", Role.APPROVER_SECURITY))
    assert reviewer.post(staff_page(approved.approval_request, "review/"), {"finding": "perfect"}).status_code == 422
    assert reviewer.post(staff_page(approved.approval_request, "review/"), {"finding": "in_order"}).status_code == 302
    assert "rita" in reviewer.get(staff_page(approved.approval_request)).content.decode()
    approval_request = make_request()
    client = client_of(support)
    assert client.post(staff_page(approval_request, "revoke/")).status_code == 409
    assert client.post(staff_page(approval_request, "cancel/")).status_code == 302


def test_decisions_and_reads_need_a_step_up_of_their_own(
    make_request, agreed, support, approver, lines, client_of, monkeypatch
):
    approval_request = make_request(Ground.SECURITY)
    client = client_of(approver, fresh=False)
    address = staff_page(approval_request, "approve/")
    for led in (client.get(address), client.post(address, headers={"Referer": f"http://testserver{address}"})):
        assert led.status_code == 302
        assert led["Location"] == f"/settings/step-up/?next={address.replace('/', '%2F')}"
    with db.use_role("staff"):
        assert ApprovalRequest.objects.get(pk=approval_request.pk).state == "asked"
    reader = client_of(support, fresh=False)
    page = reader.get(staff_page(agreed.approval_request)).content.decode()
    assert "Confirm it is you, to read" in page
    assert ">Read<" not in page
    led = reader.post(staff_page(agreed.approval_request, f"look/{lines[0].id}/"))
    assert led.status_code == 302
    assert led["Location"].endswith("&for=read")
    assert reader.get(NEW)["Location"].endswith("&for=read")


def test_what_ends_or_withdraws_needs_no_step_up(agreed, make_request, support, officer, client_of):
    client = client_of(support, fresh=False)
    assert client.post(staff_page(make_request(), "cancel/"))["Location"].startswith("/staff/humanaccess/")
    ended = client_of(officer, fresh=False).post(staff_page(agreed.approval_request, "revoke/"))
    assert ended["Location"].startswith("/staff/humanaccess/")
    with db.use_role("staff"):
        assert Grant.objects.get().ended_reason == "staff"


def test_a_review_is_offered_to_who_may_review(approved, engineer, approver, officer, make_staff, lines, client_of):
    with db.use_role("staff"):
        services.read_item(
            approved.pk, item_id=lines[0].id, reader=engineer, mfa=True, stepped_up=True, now=timezone.now()
        )
        services.close_grant(approved, reader=engineer, now=timezone.now())

    def offered(person):
        return ">Review<" in client_of(person).get(staff_page(approved.approval_request)).content.decode()

    auditor = make_staff("otto", Role.AUDITOR)
    assert [offered(person) for person in (engineer, approver, officer, auditor)] == [False, False, True, False]
    reviewer = make_staff("rita", Role.APPROVER_SECURITY)
    assert [offered(person) for person in (approver, officer, reviewer)] == [False, False, True]


def test_a_decision_is_offered_to_who_may_decide(make_request, make_staff, approver, user, shown, client_of, now):
    services.refuse_approval(make_request(), user=user, shown=shown, now=now)
    approval_request = make_request(Ground.SECURITY)
    second = make_staff("ben", Role.APPROVER_SECURITY)
    twin = make_staff("erin2", Role.APPROVER_SECURITY, email="erin+2@example.org")

    def offered(person):
        return "Approve" in client_of(person).get(staff_page(approval_request)).content.decode()

    assert [offered(person) for person in (approver, second, twin)] == [True, True, False]
    client = client_of(approver)
    answer = client.post(staff_page(approval_request, "approve/"), {"has_seen_refusal": "on"}, follow=True)
    page = answer.content.decode()
    assert "Access opens once another approver has approved" in page
    assert "1 of 2 needed approvals count now" in page
    assert "Your decision" not in page


def test_a_second_approval_after_the_first_lost_its_right_is_shown_and_counted(
    make_request, make_staff, approver, user, shown, client_of, events, now
):
    services.refuse_approval(make_request(), user=user, shown=shown, now=now)
    approval_request = make_request(Ground.SECURITY)
    second = make_staff("ben", Role.APPROVER_SECURITY)
    seen = {"has_seen_refusal": "on"}
    assert client_of(approver).post(staff_page(approval_request, "approve/"), seen).status_code == 302
    with db.use_role("staff"):
        approver.role_assignments.update(ended_at=now, ended_by="0" * 32)
    page = client_of(second).post(staff_page(approval_request, "approve/"), seen, follow=True).content.decode()
    assert "Access opens once another approver has approved" in page
    assert "1 of 2 needed approvals count now" in page
    assert events("humanaccess.ask.approved") == [("humanaccess.ask.approved", "ok")] * 2
    with db.use_role("staff"):
        assert Decision.objects.filter(approval_request=approval_request).count() == 2
        assert ApprovalRequest.objects.get(pk=approval_request.pk).state == "asked"


def test_the_access_history_shows_listings_too_and_counts_them(
    user, make_user, support, lines, search, client_of, make_request
):
    client = client_of(user)
    assert "Nobody has looked" in client.get("/settings/looked/").content.decode()
    assert client_of(support).post(NEW, search).content.decode().count('name="items"') == 3
    page = client.get("/settings/looked/")
    assert page.context["page_obj"].paginator.count == 1
    text = page.content.decode()
    assert "sam" in text
    assert "listed, not opened" in text
    assert "Application log lines" in text
    with db.use_role("auditor"):
        entry = Entry.objects.get(event="humanaccess.items.listed")
    assert f"/receipts/{entry.pk}/" in text
    assert client.get(f"/settings/receipts/{entry.pk}/").status_code in {200, 409, 503}
    for query, found in [("sam", True), ("log lines", True), ("commands", False), ("erin", False)]:
        assert (str(entry.pk) in client.post("/settings/looked/", {"q": query}).content.decode()) is found
    assert str(entry.pk) not in client_of(make_user("omar")).get("/settings/looked/").content.decode()


def test_the_overview_tells_of_accesses_until_the_history_is_opened(agreed, user, support, lines, client_of):
    client = client_of(user)
    quiet = client.get("/settings/")
    assert ("Nothing new" in quiet.content.decode(), count_beside(quiet, "/settings/looked/")) == (False, None)
    for line in lines[:2]:
        with db.use_role("staff"):
            services.read_item(
                agreed.pk, item_id=line.id, reader=support, mfa=True, stepped_up=True, now=timezone.now()
            )
    page = client.get("/settings/")
    assert "2 accesses of our staff to your data" in page.content.decode()
    assert count_beside(page, "/settings/looked/") == "2"
    assert count_beside(client.get("/settings/looked/"), "/settings/looked/") is None
    assert "of our staff to your data" not in client.get("/settings/").content.decode()
    with db.use_role("staff"):
        services.close_grant(agreed, reader=support, now=timezone.now())
    ended = client.get("/settings/").context["news"][0]
    assert ended.text == f"Access to your data has ended ({agreed.approval_request.reference})"
    assert "It was used 2 times" in client.get(ended.url).content.decode()


def test_a_listing_is_news_until_the_history_is_opened(user, support, search, client_of):
    client = client_of(user)
    assert "Nothing new" in client.get("/settings/").content.decode()
    client_of(support).post(NEW, search)
    assert count_beside(client.get("/settings/"), "/settings/looked/") == "1"
    client.get("/settings/looked/")
    assert count_beside(client.get("/settings/"), "/settings/looked/") is None


def test_an_access_is_news_for_a_month(agreed, user, support, lines, client_of):
    with db.use_role("staff"):
        services.read_item(
            agreed.pk, item_id=lines[0].id, reader=support, mfa=True, stepped_up=True, now=timezone.now()
        )
    for days, count in [(29, 1), (31, 0)]:
        with db.row_security_for(user.reference):
            assert count_unseen(user.reference, timezone.now() + timedelta(days=days)) == count
