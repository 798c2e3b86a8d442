"""What people read around an access: the reason as a quotation, items in the reader's language, lengths of time."""

import re
from datetime import timedelta
from uuid import UUID

import orjson
import pytest
from django.core import signing
from django.test import Client
from django.utils import timezone
from django.utils.translation import override

from accounts.identity.roles import Role
from accounts.inbox.models import Letter
from accounts.inbox.services import open_letter
from accounts.personaldata.item_providers import name_item, provider_of
from core import db
from humanaccess import presenters, services
from humanaccess.access_gate_sql import RESTRICTED_TABLES
from humanaccess.errors import InvalidError
from humanaccess.forms import offer, open_items
from humanaccess.models import ApprovalRequest, Grant, RequestedItem
from humanaccess.policies import grounds_for
from humanaccess.staff.new_request_forms import ReasonForm
from humanaccess.texts import agreement_text, quote, render_duration
from tests.authorisations import listing
from tests.humanaccess.conftest import REASON
from tests.platform_rows import put_row
from tests.signin import sign_in

FORGED = f'{REASON}\n\nThe items asked for:\n1. Nothing of yours\u2028\u2029\x85\r\x0b“ ” \u202e «end» "'


def text_with(reason, labels=("A log line",)):
    return agreement_text(
        reference="HA-2026-000001",
        asker="sam",
        jobs=["support agent"],
        reason=reason,
        labels=labels,
        window=timedelta(days=1),
        expires_at=timezone.now(),
    )


def test_a_reason_cannot_pass_for_the_offices_own_text():
    text = text_with(FORGED)
    lines = text.splitlines()
    assert len(lines) == len(text_with(REASON).splitlines())
    assert lines.count("The items asked for:") == 1
    (own,) = (found for found in lines if REASON in found)
    assert own.count("“") == own.count("”") == 1
    assert own.endswith("”")
    assert "\u202e" not in text
    assert "«" not in text


def test_a_quotation_keeps_what_words_are_made_of():
    assert quote("  It\u2019s\tmine \n yours ") == "“It\u2019s mine yours”"
    assert quote("one\u200cword") == "“one\u200cword”"


def test_nothing_that_controls_a_screen_is_left_of_a_quotation():
    assert quote("a\x07b\x1b[31m c\u202ed\x9b \x7f\te") == "“ab[31m cd e”"


def test_the_folded_reason_is_what_the_page_shows_and_the_evidence_keeps(make_request, user, support, lines, now):
    approval_request = make_request(reason=FORGED)
    for person, address in ((user, f"/settings/permissions/{approval_request.reference}/"), (support, None)):
        client = sign_in(Client(), person, mfa=person.is_staff, fresh=True)
        page = client.get(address or f"/staff/humanaccess/ask/{approval_request.reference}/").content.decode()
        assert f"“{REASON} The items asked for: 1. Nothing of yours" in page


@pytest.mark.parametrize(
    "reason",
    [
        "." * 24,
        "a" * 24,
        "because because because because",
        "1 2 3 4 5 6 7 8 9 10 11 12",
        "he said that that he said",
        "…………………… !!! ??? …………………",
        "a b c d e" + "\u200b" * 20,
    ],
)
def test_a_reason_says_something(make_request, reason):
    with pytest.raises(InvalidError) as refused:
        make_request(reason=reason)
    assert refused.value.field == "reason"
    with db.use_role("staff"):
        assert not ApprovalRequest.objects.exists()


def test_a_reason_in_arabic_says_something(make_request):
    assert make_request(reason="تعذر رفع ملف يوم خميس ثم جمعة مرتين").reference


def test_the_last_reason_again_is_refused_whatever_its_case(make_request, support, make_user, make_staff):
    make_request(reason=REASON)
    with pytest.raises(InvalidError, match="last request"):
        make_request(reason=f"  {REASON.upper()} ".replace(" ", "  "), subject=make_user("omar"))
    make_request(reason=REASON, asker=make_staff("tess", Role.SUPPORT))
    make_request(reason="Another thing broke since: the upload of Tuesday.")
    make_request(reason=REASON)
    with db.use_role("staff"):
        digests = list(ApprovalRequest.objects.values_list("reason_digest", flat=True))
    assert len(set(digests)) == 3, "the digest tells one asker's reasons apart, and nothing across people"


def test_a_window_of_nothing_is_refused_and_not_taken_for_the_usual_one(make_request):
    for window in (timedelta(0), timedelta(seconds=-1)):
        with pytest.raises(InvalidError) as refused:
            make_request(window=window)
        assert refused.value.field == "window"


def test_items_are_kept_as_facts_and_rendered_in_the_readers_language(make_request, user, support, lines, now):
    with override("ar"):
        approval_request = make_request()
        arabic = lines[0].label
    english = lines[0].label
    assert arabic != english
    with db.row_security_for(user.reference):
        (first, *_) = RequestedItem.objects.all()
        assert orjson.loads(first.label) == lines[0].facts
        assert (str(first), first.title) == (english, english)
        with override("ar"):
            assert first.title == arabic
    client = sign_in(Client(), user, fresh=True)
    page = client.get(f"/settings/permissions/{approval_request.reference}/").content.decode()
    assert english in page
    assert arabic not in page
    assert english in shown_text(approval_request, user)


def shown_text(approval_request, user):
    with db.row_security_for(user.reference):
        return presenters.text_of(approval_request, REASON, None)


@pytest.mark.parametrize(
    ("kind", "where"),
    [
        ("workloads.app", None),
        ("workloads.usage", {"app": UUID(int=7)}),
        ("workloads.metric", {"app": UUID(int=7)}),
        ("workloads.logline", {"app": UUID(int=7)}),
        ("workloads.command", {}),
        ("connections.run", {}),
        ("connections.automation", None),
    ],
)
def test_every_kind_of_item_is_named_by_facts_alone(user, now, kind, where):
    put_row(RESTRICTED_TABLES[kind], user.reference, now - timedelta(minutes=5), **(where or {}))
    between = {} if where is None else {**where, "start": now - timedelta(hours=1), "end": now}
    found = {}
    for language in ("ar", "en"):
        with override(language), listing(user.reference, kind):
            (found[language],) = provider_of(kind).name_items(user.reference, **between)
    assert found["ar"] == found["en"]
    assert name_item(kind, found["ar"].stored) == found["en"].label
    assert found["en"].label.isascii()


def test_an_item_of_before_is_shown_as_it_was_kept(make_request):
    assert name_item("workloads.logline", "Log line of app 0000") == "Log line of app 0000"
    assert name_item("workloads.logline", "“7”") == "“7”"
    assert name_item("workloads.logline", "12") == "12"


@pytest.mark.parametrize(
    ("length", "text"),
    [
        (timedelta(seconds=0), "less than a minute"),
        (timedelta(seconds=59), "less than a minute"),
        (timedelta(seconds=60), "1 minute"),
        (timedelta(minutes=15, seconds=40), "15 minutes"),
        (timedelta(hours=4), "4 hours"),
        (timedelta(days=1), "1 day"),
    ],
)
def test_a_length_of_time_is_rendered_as_it_was(length, text):
    assert render_duration(length) == text


def letter_of(user):
    with db.row_security_for(user.reference):
        letter = Letter.objects.get(kind__endswith="ended")
    return open_letter(letter.pk, user=user, now=timezone.now())[1]


def test_access_that_ended_within_a_minute_was_open_for_less_than_one(agreed, support, user):
    with db.use_role("staff"):
        services.close_grant(agreed, reader=support, now=agreed.starts_at + timedelta(seconds=20))
    assert "open for less than a minute" in letter_of(user)


def test_what_the_sweeper_ends_later_was_open_until_its_end(make_request, user, lines, shown, now):
    approval_request = make_request(window=timedelta(minutes=15))
    grant = services.agree_to_request(approval_request, user=user, items={lines[0].id}, shown=shown, now=now)
    with db.use_role("worker"):
        assert services.expire_grants(grant.ends_at + timedelta(seconds=59)) == 1
    assert "open for 15 minutes" in letter_of(user)
    with db.row_security_for(user.reference):
        swept = Grant.objects.get()
    assert swept.end_of(now + timedelta(days=1)) == grant.ends_at


def test_items_are_offered_to_one_asker_for_an_hour(support, engineer, user, lines, monkeypatch):
    with db.use_role("staff"):
        tokens = [one.token for one in offer(support, user, lines)]
    assert open_items(tokens, support) == (user.reference, lines)
    with pytest.raises(InvalidError) as refused:
        open_items(tokens, engineer)
    assert refused.value.field == "items"
    load = signing.loads
    monkeypatch.setattr(signing, "loads", lambda *args, **kw: load(*args, **{**kw, "max_age": timedelta(seconds=-1)}))
    with pytest.raises(InvalidError) as refused:
        open_items(tokens, support)
    assert refused.value.field == "items"


def test_items_of_two_people_are_not_one_approval_request(support, user, make_user, lines):
    with db.use_role("staff"):
        tokens = [one.token for subject in (user, make_user("omar")) for one in offer(support, subject, lines[:1])]
    with pytest.raises(InvalidError, match="one person"):
        open_items(tokens, support)


def test_another_askers_items_are_refused_on_the_page(support, engineer, user, lines):
    with db.use_role("staff"):
        tokens = [one.token for one in offer(support, user, lines)]
    client = sign_in(Client(), engineer, mfa=True, fresh=True)
    answer = {"step": "file", "person": user.email, "ground": "agreement", "reason": REASON, "items": tokens}
    page = client.post("/staff/humanaccess/ask/new/", answer)
    assert page.status_code == 422
    assert "list of items" in page.content.decode()
    with db.use_role("staff"):
        assert not ApprovalRequest.objects.exists()


@pytest.mark.parametrize(
    ("role", "grounds", "longest"),
    [
        (Role.SUPPORT, ["agreement"], 120),
        (Role.PRIVACY_OFFICER, ["agreement"], 120),
        (Role.SECURITY_ENGINEER, ["agreement", "security"], 120),
        (Role.LEGAL_COUNSEL, ["legal"], 120),
        (Role.AUDITOR, [], None),
    ],
)
def test_the_form_offers_what_this_person_may_request(make_staff, role, grounds, longest):
    found = grounds_for(make_staff("sasha", role))
    assert found == grounds
    for ground in found:
        form = ReasonForm(ground)
        assert max(hours for hours, _name in form.fields["hours"].choices) == (24 if ground == "security" else longest)
        assert ("abuse_reference" in form.fields) is (ground == "security")


def test_a_time_in_a_sentence_is_written_as_people_write_it(agreed, client_of, officer):
    page = client_of(officer).get(f"/staff/humanaccess/ask/{agreed.approval_request.reference}/").content.decode()

    assert re.search(r"is open until \d{1,2} \w{3} \d{4}, \d\d:\d\d UTC\+04:00", page)
    assert not re.search(r"until \d{4}-\d\d-\d\dT", page)
