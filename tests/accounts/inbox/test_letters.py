"""Letters: written once, mailed, opened by the recipient alone."""

import re
import smtplib
import uuid
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connections
from django.template import engines
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.inbox import kinds
from accounts.inbox.models import Letter, MailState
from accounts.inbox.services import _claim, due_letters, open_letter, post_letter, write_letter
from accounts.inbox.tasks import sweep_letters
from audit.log.models import Entry
from core import db
from rights.models import Package, RightsRequest
from tests.settings_menu import count_beside
from tests.signin import sign_in
from vault.services import destroy_key


@pytest.fixture(autouse=True)
def _kind(monkeypatch, settings):
    loader = (
        "django.template.loaders.locmem.Loader",
        {"t/subject.txt": "About {{ case }}\n", "t/body.txt": "Hello {{ user_name }}, {{ what }} https://x.example/"},
    )
    engine = engines["django"].engine
    monkeypatch.setattr(engine, "template_loaders", [engine.find_template_loader(loader), *engine.template_loaders])
    monkeypatch.setitem(kinds._kinds, "test.note", kinds.LetterKind("test.note", "t/subject.txt", "t/body.txt"))


@pytest.fixture
def letter(user, now):
    with db.atomic():
        return write_letter(user, kind="test.note", context={"what": "secret words"}, now=now, case="RR-2026-000001")


def events_of(user):
    with db.use_role("auditor"):
        return list(Entry.objects.filter(subject=user.reference).order_by("id").values_list("event", flat=True))


def test_a_letter_is_encrypted_at_rest_and_logged(office, user, letter):
    with db.row_security_for(user.reference):
        row = Letter.objects.get()
    assert row.subject_line == "About RR-2026-000001"
    assert b"secret words" not in bytes(row.sealed)
    assert events_of(user) == ["inbox.letter.written"]


def test_an_unknown_kind_writes_nothing(office, user, now):
    with pytest.raises(KeyError), db.atomic():
        write_letter(user, kind="test.unknown", context={}, now=now)
    assert events_of(user) == []


def test_the_recipient_opens_it_and_it_is_read(office, user, letter, now):
    found, text = open_letter(letter.pk, user=user, now=now)
    assert "secret words" in text
    with db.row_security_for(user.reference):
        assert Letter.objects.get(pk=found.pk).read_at == now
    assert events_of(user) == ["inbox.letter.written", "inbox.letter.opened"]


@pytest.mark.parametrize("stored", [b"", b"\x01abc", b"\x01" * 60])
def test_a_letter_that_does_not_open_says_so_on_its_page(office, user, letter, client, stored):
    with db.use_role("owner"):
        Letter.objects.update(sealed=stored)
    page = sign_in(client, user).get(f"/settings/letters/{letter.pk}/")
    assert page.status_code == 200
    assert "This text does not open" in page.content.decode()


def test_nobody_else_opens_it(office, make_user, letter, now):
    with pytest.raises(Letter.DoesNotExist):
        open_letter(letter.pk, user=make_user("omar"), now=now)


def test_a_due_letter_is_mailed_once(office, user, letter, now):
    with db.use_role("worker"):
        assert list(due_letters(now)) == [letter.pk]
        assert post_letter(letter.pk, now=now)
        assert not post_letter(letter.pk, now=now)
        assert Letter.objects.get().mail_state == MailState.SENT
    assert [(m.to, m.subject) for m in mail.outbox] == [([user.email], "About RR-2026-000001")]
    assert "secret words" in mail.outbox[0].body


def test_of_two_workers_at_once_one_mails_the_letter(office, letter, now):
    def second():
        try:
            with db.use_role("worker"):
                return post_letter(letter.pk, now=now)
        finally:
            connections.close_all()

    with ThreadPoolExecutor(1) as pool:
        with db.use_role("worker"), db.atomic():
            assert _claim(letter.pk, now)
            late = pool.submit(second)
            with pytest.raises(TimeoutError):  # it has found the letter due, and waits for the first one's claim
                late.result(timeout=1)
        assert late.result() is False
    assert mail.outbox == []


def test_times_in_a_letter_are_those_of_its_reader_whoever_acts(office, make_user, now):
    reader = make_user("layla", time_zone="America/Los_Angeles")
    facts = {"asker": "sam", "count": 2, "expires_at": now}
    with timezone.override("Asia/Tokyo"), db.atomic():
        letter = write_letter(reader, kind="humanaccess.asked", context=facts, now=now)
    _, text = open_letter(letter.pk, user=reader, now=now)
    assert "23 Nov 2026, 01:30 (America/Los_Angeles)" in text


def test_a_person_who_was_erased_is_written_no_letter(office, user, now):
    destroy_key(user.reference, now=now)
    with db.atomic():
        assert write_letter(user, kind="test.note", context={"what": "nothing"}, now=now) is None
    with db.use_role("worker"):
        assert not Letter.objects.exists()


def test_a_bounce_leaves_the_letter_in_the_inbox_and_is_tried_again(office, user, letter, now, monkeypatch):
    def refuse(_self):
        raise smtplib.SMTPServerDisconnected

    monkeypatch.setattr("django.core.mail.EmailMessage.send", refuse)
    with db.use_role("worker"):
        assert not post_letter(letter.pk, now=now)
        row = Letter.objects.get()
        assert (row.mail_state, row.mail_attempts) == (MailState.WAITING, 1)
        assert row.mail_due_at > now
        Letter.objects.update(mail_attempts=7, mail_due_at=now)
        assert not post_letter(letter.pk, now=now)
        assert Letter.objects.get().mail_state == MailState.FAILED
    assert open_letter(letter.pk, user=user, now=now)


def test_the_sweeper_mails_what_no_message_came_for(office, user, letter):
    with db.use_role("worker"):
        Letter.objects.update(mail_due_at="2026-01-01T00:00Z")
    sweep_letters()
    assert len(mail.outbox) == 1


def test_pages_show_own_letters_and_hide_others(office, user, make_user, letter, client):
    other = make_user("omar")
    client.force_login(other)
    assert b"About RR" not in client.get(reverse("inbox:letters")).content
    assert client.get(reverse("inbox:letter", args=[letter.pk])).status_code == 404
    assert client.get(reverse("inbox:letter", args=[uuid.uuid4()])).status_code == 404
    client.force_login(user)
    page = client.get(reverse("inbox:letters"))
    assert b"About RR-2026-000001" in page.content
    assert page["Cache-Control"] == "no-store, private"
    assert b"secret words" in client.get(reverse("inbox:letter", args=[letter.pk])).content


def test_the_overview_names_unread_letters_and_every_settings_page_counts_them(office, user, now, client):
    for number in range(7):
        with db.atomic():
            at = now + number * timedelta(hours=1)
            write_letter(user, kind="test.note", context={"what": ""}, now=at, case=f"RR-2026-{number}")
    sign_in(client, user, fresh=True)
    news = client.get("/settings/").context["news"]
    assert [item.text for item in news] == [
        *(f"About RR-2026-{number}" for number in (6, 5, 4, 3, 2)),
        "2 more unread letters",
    ]
    for address in ("/settings/profile/", "/settings/letters/", "/settings/looked/", "/accounts/email/"):
        assert count_beside(client.get(address), "/settings/letters/") == "7"
    assert count_beside(client.get(news[0].url), "/settings/letters/") == "6"
    assert [item.text for item in client.get("/settings/").context["news"]][-1] == "1 more unread letter"


def test_a_settings_page_counts_what_is_new_with_one_query_for_each_item(office, user, client):
    sign_in(client, user)
    client.get("/settings/profile/")
    with CaptureQueriesContext(connections["default"]) as captured:
        client.get("/settings/profile/")
    counts = [query["sql"] for query in captured.captured_queries if "COUNT(" in query["sql"]]
    assert len(counts) == 5, counts
    assert len(captured.captured_queries) <= 15


def test_a_letter_links_the_page_of_its_case_which_asks_to_sign_in(office, user, now, client, settings):
    settings.OFFICE_URL = "https://office.example/"
    facts = {"asker": "sam", "count": 2, "expires_at": now}
    with db.atomic():
        letter = write_letter(user, kind="humanaccess.asked", context=facts, now=now, case="HA-2026-000001")
    path = "/settings/permissions/HA-2026-000001/"
    with db.use_role("worker"):
        assert post_letter(letter.pk, now=now)
    assert f"\nhttps://office.example{path}\n" in mail.outbox[0].body
    assert client.get(path)["Location"] == f"/accounts/login/?next={path}"
    sign_in(client, user)
    for page in (reverse("inbox:letters"), reverse("inbox:letter", args=[letter.pk])):
        assert f'href="{path}"' in client.get(page).content.decode()


def test_a_letter_without_a_page_for_its_case_links_the_letters(office, user, letter, client):
    assert letter.case_path == ""
    sign_in(client, user)
    assert " · <bdi>RR-2026-000001</bdi>" in client.get(reverse("inbox:letters")).content.decode()


CASES = re.compile(
    r"^https://office\.example/settings/(looked/|(privacy/requests/RR-|permissions/HA-|looked/\?q=HA-)2026-000001/?)$"
)


@pytest.mark.parametrize(
    "kind",
    sorted(
        {name for name in kinds._kinds if kinds.names_case(name)}
        - {"identity.staff_news", "rights.begun", "humanaccess.glass_staff"}
    ),
)
@pytest.mark.parametrize("language", ["en", "ar"])
def test_every_letter_about_a_case_carries_one_link_to_it(make_user, now, settings, kind, language):
    settings.OFFICE_URL = "https://office.example"
    user = make_user("layla", language=language)
    case = "HA-2026-000001" if kind.startswith("humanaccess") else "RR-2026-000001"
    request = RightsRequest(reference=case, kind="access", due_on=now.date(), refusal_ground="excessive")
    facts = {"request": request, "package": Package(expires_at=now, size=5000), "count": 1, "reads": 1, "ends_at": now}
    with db.atomic():
        letter = write_letter(user, kind=kind, context=facts, now=now, case=case)
    links = [word for word in open_letter(letter.pk, user=user, now=now)[1].split() if "://" in word]
    assert len(links) == 1
    assert CASES.match(links[0])
