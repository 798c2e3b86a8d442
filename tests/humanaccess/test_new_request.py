"""The steps to a new approval request: what each asks, carries on, keeps through an error, and refuses."""

import html
import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.core import signing
from django.db import connections
from django.utils import timezone, translation

from accounts.identity.roles import Role
from audit.log.models import Entry
from core import db
from humanaccess.grounds import Ground
from humanaccess.models import ApprovalRequest
from humanaccess.staff.new_request_forms import LocalTimeField, reason_templates
from tests.humanaccess.conftest import REASON
from tests.platform_rows import put_row

NEW = "/staff/humanaccess/ask/new/"
_INPUT = re.compile(r"<(?:input|textarea|select|button)[^>]*>")


def values_of(response, name):
    """Return the values of a page's inputs of this name, hidden ones too."""
    tags = [tag for tag in _INPUT.findall(response.content.decode()) if f' name="{name}"' in tag]
    return [html.unescape(found[1]) for tag in tags if (found := re.search(r' value="([^"]*)"', tag))]


def ticked(response):
    tags = _INPUT.findall(response.content.decode())
    return [tag for tag in tags if ' name="items"' in tag and " checked" in tag]


def step_of(response):
    return re.search(r'aria-current="step">([^<]+)<', response.content.decode())[1]


def is_nothing_filed():
    with db.use_role("staff"):
        return not ApprovalRequest.objects.exists()


def listed():
    with db.use_role("auditor"):
        return Entry.objects.filter(event="humanaccess.items.listed").count()


@pytest.fixture
def answers(search, support, lines, client_of):
    """What the last step posts, of two of three lines, for a support agent."""
    tokens = values_of(client_of(support).post(NEW, search), "offered")
    assert len(tokens) == 3
    return search | {
        "step": "file",
        "offered": tokens,
        "items": tokens[:2],
        "ground": "agreement",
        "reason": REASON,
        "hours": "24",
    }


def test_the_steps_lead_from_the_person_to_a_filed_request(user, support, lines, search, client_of):
    client = client_of(support)
    assert step_of(client.get(NEW)) == "Person"
    page = client.post(NEW, {"step": "items", "person": search["person"]})
    assert step_of(page) == "Items"
    found = client.post(NEW, search)
    assert "canary" not in found.content.decode()
    tokens = values_of(found, "items")
    assert len(tokens) == 3
    state = search | {"offered": tokens, "items": tokens[:2]}
    page = client.post(NEW, state | {"step": "reason"})
    assert step_of(page) == "Reason"
    assert values_of(page, "items") == tokens[:2]
    page = client.post(NEW, state | {"step": "check", "reason": REASON, "hours": "4"})
    assert step_of(page) == "Check and file"
    for text in (REASON, "4 hours", "Log line of app 00000000, ", search["person"]):
        assert text in page.content.decode()
    assert is_nothing_filed()
    carried = {name: values_of(page, name) for name in ("person", "items", "reason", "hours")}
    filed = client.post(NEW, carried | {"step": "file"})
    assert filed.status_code == 302
    with db.row_security_for(user.reference):
        request = ApprovalRequest.objects.get()
        assert (request.items.count(), request.window) == (2, timedelta(hours=4))
    assert REASON in client.get(filed["Location"]).content.decode()


def test_the_address_of_the_person_is_in_no_url(support, search, lines, client_of):
    for step in ("items", "find"):
        page = client_of(support).post(NEW, search | {"step": step}).content.decode()
        assert not re.findall(r'(?:href|action|src)="[^"]*(?:%40|@)', page)


@pytest.mark.parametrize(("role", "asks"), [(Role.SUPPORT, False), (Role.SECURITY_ENGINEER, True)])
def test_the_ground_is_asked_only_where_there_is_a_choice(make_staff, role, asks, user, client_of):
    client = client_of(make_staff("sasha", role))
    page = client.get(NEW)
    assert ("ground" in values_of(page, "step")) is asks
    page = client.post(NEW, {"person": user.email, "step": values_of(page, "step")[0]})
    assert step_of(page) == ("Ground" if asks else "Items")
    assert set(values_of(page, "ground")) == ({"agreement", "security"} if asks else set())


@pytest.mark.parametrize(
    ("change", "text", "step"),
    [
        ({"person": "nobody@example.org"}, "exactly this address", "Person"),
        ({"person": ""}, "required", "Person"),
        ({"kind": "secrets"}, "no such kind", "Items"),
        ({"app": ""}, "Name the app", "Items"),
        ({"app": "x"}, "UUID", "Items"),
        ({"start": ""}, "from when until when", "Items"),
        ({"end": "2001-01-01T00:00"}, "end must be after", "Items"),
        ({"end": "0001-01-01T00:00"}, "valid date", "Items"),
    ],
)
def test_a_bad_search_names_the_field_lists_nothing_and_keeps_the_rest(
    support, lines, search, client_of, change, text, step
):
    response = client_of(support).post(NEW, search | {"reason": REASON} | change)
    assert response.status_code == 422
    assert text in response.content.decode()
    assert step_of(response) == step
    kept = {name: value for name, value in (search | {"reason": REASON}).items() if name not in {"step", *change}}
    assert {name: values_of(response, name)[0] for name in kept if name != "kind"} == {
        name: value for name, value in kept.items() if name != "kind"
    }
    assert listed() == (1 if change == {"app": ""} else 0)


@pytest.mark.parametrize(
    ("change", "text", "step"),
    [
        ({"reason": "short"}, "at least 20 characters", "Reason"),
        ({"reason": ""}, "required", "Reason"),
        ({"reason": "again and again and again"}, "different words", "Reason"),
        ({"reason": "You wrote on Monday that [what] fails. Why?"}, "Replace [what]", "Reason"),
        ({"hours": "999"}, "valid choice", "Reason"),
        ({"items": ["forged"]}, "damaged", "Items"),
        ({"items": []}, "at least one item", "Items"),
    ],
)
def test_a_bad_answer_names_the_field_stores_nothing_and_keeps_the_rest(
    support, answers, client_of, change, text, step
):
    response = client_of(support).post(NEW, answers | change)
    assert response.status_code == 422
    page = response.content.decode()
    assert text in html.unescape(page)
    assert step_of(response) == step
    assert is_nothing_filed()
    assert values_of(response, "person") == [answers["person"]]
    if "reason" not in change:
        assert REASON in page
    if "items" not in change:
        assert values_of(response, "items") == answers["items"]
        assert values_of(response, "offered") == answers["offered"]


def test_an_error_neither_drops_unticked_items_nor_lists_again(support, answers, client_of):
    before = listed()
    page = client_of(support).post(NEW, answers | {"step": "items"})
    assert len(values_of(page, "items")) == 3
    assert len(ticked(page)) == 2
    page = client_of(support).post(NEW, answers | {"step": "find", "end": ""})
    assert (len(values_of(page, "items")), len(ticked(page))) == (3, 2)
    assert listed() == before


def test_what_was_ticked_stays_when_another_kind_is_searched(user, support, answers, client_of, now):
    put_row("connections_automation", user.reference, now)
    page = client_of(support).post(NEW, answers | {"step": "find", "kind": "connections.automation"})
    assert len(values_of(page, "items")) == 3  # the automation, and the two that were ticked
    assert len(ticked(page)) == 2
    again = client_of(support).post(NEW, answers | {"step": "find"})
    assert (len(values_of(again, "items")), len(ticked(again))) == (3, 2)


@pytest.mark.parametrize("change", [{"ground": "curiosity"}, {"ground": "legal"}, {"ground": "aggregate"}, {}])
def test_a_ground_that_this_asker_may_not_use_is_refused(engineer, search, lines, client_of, change):
    response = client_of(engineer).post(NEW, search | change)
    assert response.status_code == 422
    assert step_of(response) == "Ground"


def test_a_posted_ground_gives_a_support_agent_no_other(user, support, answers, client_of):
    assert client_of(support).post(NEW, answers | {"ground": "security"}).status_code == 302
    with db.row_security_for(user.reference):
        assert ApprovalRequest.objects.get().ground == "agreement"


def test_the_security_ground_alone_asks_for_a_report(engineer, search, lines, client_of):
    client = client_of(engineer)
    tokens = values_of(client.post(NEW, search | {"ground": "security"}), "items")
    for ground in ("agreement", "security"):
        page = client.post(NEW, search | {"step": "reason", "ground": ground, "items": tokens[:1]}).content.decode()
        assert ("Bug or abuse report" in page) is (ground == "security")
    bad = search | {"step": "check", "ground": "security", "items": tokens[:1], "reason": REASON, "hours": "4"}
    page = client.post(NEW, bad | {"abuse_reference": "a b"})
    assert "letters, digits" in page.content.decode()
    assert step_of(page) == "Reason"


@pytest.mark.parametrize("step", ["items", "ground", "person", "reason", "check", "file"])
def test_whether_an_address_has_an_account_is_told_only_with_an_entry(
    engineer, user, search, answers, client_of, make_user, step
):
    omar = make_user("omar").email
    client, before = client_of(engineer), listed()
    for state in (search | {"ground": "security"}, search, answers | {"items": answers["items"][:1]}):
        pages = [client.post(NEW, state | {"step": step, "person": person}) for person in (omar, "nobody@example.org")]
        texts = [re.sub(r'csrf[^>]+"|nonce="[^"]+"', "", page.content.decode()) for page in pages]
        assert pages[0].status_code == pages[1].status_code
        assert texts[0].replace(omar, "…") == texts[1].replace("nobody@example.org", "…")
    assert listed() == before


def test_items_of_another_person_are_refused(support, answers, make_user, client_of):
    response = client_of(support).post(NEW, answers | {"person": make_user("omar").email})
    assert response.status_code == 422
    assert "another person" in html.unescape(response.content.decode())
    assert not values_of(response, "items")
    assert is_nothing_filed()


def test_the_hour_of_an_item_goes_on_from_step_to_step(support, answers, client_of, monkeypatch):
    page = client_of(support).post(NEW, answers | {"step": "items"})
    assert values_of(page, "items") == answers["offered"]  # not signed anew
    load = signing.loads
    monkeypatch.setattr(signing, "loads", lambda *args, **kw: load(*args, **{**kw, "max_age": timedelta(seconds=-1)}))
    late = client_of(support).post(NEW, answers)
    assert late.status_code == 422
    assert "too old" in late.content.decode()
    assert REASON in late.content.decode()
    assert is_nothing_filed()


def test_apps_are_listed_when_asked_and_chosen_by_a_click(user, support, search, client_of, now):
    app = str(put_row("workloads_app", user.reference, now))
    client = client_of(support)
    page = client.post(NEW, search | {"step": "items", "app": ""})
    assert listed() == 0
    page = client.post(NEW, search | {"step": "apps", "app": ""})
    assert page.status_code == 200
    assert values_of(page, "app") == [app]
    assert "me-central-1" in page.content.decode()
    carried = values_of(page, "apps")
    assert listed() == 1
    page = client.post(NEW, search | {"app": "", "apps": carried})
    assert "Name the app" in page.content.decode()
    assert listed() == 1  # a list that is there is not listed again
    page = client.post(NEW, search | {"apps": carried})
    assert values_of(page, "app") == [app, str(UUID(int=7))]  # an app that is gone keeps its lines


@pytest.mark.parametrize("apps", ["forged", "", "x:y:z"])
def test_a_forged_list_of_apps_is_no_list(support, search, client_of, apps):
    page = client_of(support).post(NEW, search | {"step": "items", "apps": apps})
    assert "apps" in values_of(page, "step")


def test_times_are_in_the_askers_time_zone_which_is_named(user, support, search, client_of, now):
    with connections["owner"].cursor() as cursor:
        cursor.execute("UPDATE identity_user SET time_zone = 'Asia/Tokyo' WHERE id = %s", [support.pk])
    at = timezone.now().replace(hour=3, minute=30, second=0, microsecond=0) - timedelta(days=2)
    put_row("workloads_logline", user.reference, at)
    day = f"{at:%Y-%m-%d}"
    local = search | {"start": f"{day}T12:00", "end": f"{day}T13:00"}  # 03:00 to 04:00 UTC
    page = client_of(support).post(NEW, local)
    assert len(values_of(page, "items")) == 1
    assert "UTC+09:00" in page.content.decode()
    assert "12:30:00" in page.content.decode()
    assert values_of(page, "start") == [f"{day}T12:00"]


def test_a_typed_time_with_an_offset_is_that_time():
    with timezone.override("Asia/Tokyo"):
        assert str(LocalTimeField().clean("2026-01-01T09:00")) == "2026-01-01 00:00:00+00:00"
        assert str(LocalTimeField().clean("2026-01-01T09:00+02:00")) == "2026-01-01 07:00:00+00:00"


def test_a_template_begins_the_reason_and_loses_nothing(support, answers, client_of):
    template = reason_templates(Ground.AGREEMENT)[0]
    client = client_of(support)

    def typed(**change):
        state = {name: value for name, value in (answers | change).items() if name != "step"}
        page = client.post(NEW, state | {"at": "reason", "template": template}).content.decode()
        return html.unescape(re.search(r"<textarea[^>]*>([^<]*)<", page)[1]).strip()

    assert typed(reason="") == template
    assert typed(reason="Typed before.") == f"Typed before.\n{template}"
    assert typed(reason=template) == template


@pytest.mark.parametrize("language", ["en", "ar"])
def test_a_template_is_refused_until_its_brackets_are_replaced(support, answers, client_of, language):
    client = client_of(support)
    client.cookies["django_language"] = language
    with translation.override(language):
        templates = [template for ground in Ground for template in reason_templates(ground)]
    assert templates
    for template in templates[:3]:
        response = client.post(NEW, answers | {"reason": template})
        assert response.status_code == 422
    assert is_nothing_filed()


@pytest.mark.parametrize("step", ["nonsense", "", "person", "ground"])
def test_an_unknown_step_begins_again_with_what_was_answered(support, answers, client_of, step):
    page = client_of(support).post(NEW, answers | {"step": step})
    assert page.status_code == 200
    assert step_of(page) == "Person"
    assert values_of(page, "person") == [answers["person"]]
    assert values_of(page, "items") == answers["items"]
