"""Announcements: written by one, released by another, written to each person once."""

from datetime import timedelta
from uuid import uuid4

import pytest
from django.db import ProgrammingError, connections
from django.utils import timezone

from accounts.identity.models import User
from accounts.inbox.models import Letter
from accounts.inbox.services import open_letter
from accounts.terms import services
from accounts.terms.errors import AnnouncementError, LettersMissingError
from accounts.terms.models import Announcement
from accounts.terms.services import announcements
from accounts.workloads.models import App
from core import db
from tests.policy_versions import publish_new

FACTS = {
    "kind": "security",
    "title_en": "A fault was mended",
    "title_ar": "أُصلح خلل",
    "text_en": "Nothing of yours was read.",
    "text_ar": "لم يُقرأ شيء من بياناتك.",
    "apps": [],
}


@pytest.fixture
def now(office):
    return timezone.now()


@pytest.fixture
def written(officer, now):
    with db.use_role("staff"):
        return services.write_announcement(actor=officer, now=now, **FACTS)


def release(announcement, actor, now):
    with db.use_role("staff"):
        return services.release_announcement(announcement.pk, actor=actor, now=now, read=announcement.state)


def send(announcement, now):
    with db.use_role("worker"):
        return services.send_announcement(announcement.pk, now)


def letters(announcement):
    with db.use_role("worker"):
        return list(Letter.objects.filter(case_ref=announcement.case).order_by("subject"))


def test_everybody_gets_it_once_in_their_language(written, counsel, officer, make_user, user, now):
    arab = make_user("salma", language="ar")
    gone = make_user("gone", is_active=False)
    release(written, counsel, now)
    assert send(written, now)
    assert send(written, now)
    found = {letter.subject: letter for letter in letters(written)}
    assert set(found) == {person.reference for person in (user, arab, counsel, officer)}
    assert gone.reference not in found
    assert found[arab.reference].subject_line == "أُصلح خلل"
    assert "Nothing of yours was read." in open_letter(found[user.reference].pk, user=user, now=now)[1]
    with db.use_role("worker"):
        assert Announcement.objects.get().finished_at == now


def test_who_wrote_it_does_not_release_it(written, officer, counsel, now):
    with pytest.raises(AnnouncementError, match="somebody else"):
        release(written, officer, now)
    with pytest.raises(ProgrammingError, match="Nobody releases"), connections["staff"].cursor() as cursor:
        cursor.execute("UPDATE terms_announcement SET released_at = now(), released_by = %s", [officer.reference])
    assert release(written, counsel, now).released_by == counsel.reference


def test_a_draft_is_sent_to_nobody(written, user, now):
    assert not send(written, now)
    assert letters(written) == []


@pytest.mark.parametrize("change", ["text_en = 'x'", "released_at = NULL", "apps = '{}', kind = 'service'"])
def test_what_is_released_stays_as_it_is(written, counsel, officer, now, change):
    release(written, counsel, now)
    for role in ("staff", "owner"):
        with pytest.raises(ProgrammingError, match="stays as it is"), connections[role].cursor() as cursor:
            cursor.execute(f"UPDATE terms_announcement SET {change}")
    with db.use_role("staff"), pytest.raises(AnnouncementError, match="stays as it is"):
        services.discard_announcement(written.pk, actor=officer, now=now)


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"kind": "policy"}, "kind"),
        ({"title_ar": " "}, "title_ar"),
        ({"text_en": ""}, "text_en"),
        ({"text_ar": "x" * 10_001}, "text_ar"),
        ({"apps": [uuid4() for _app in range(1001)]}, "apps"),
    ],
)
def test_what_breaks_a_rule_is_named(officer, now, changes, field):
    with db.use_role("staff"), pytest.raises(AnnouncementError) as refusal:
        services.write_announcement(actor=officer, now=now, **{**FACTS, **changes})
    assert refusal.value.field == field


def test_the_people_of_some_apps_alone(officer, counsel, user, make_user, now):
    make_user("omar")
    with db.use_role("owner"):
        app = App.objects.create(
            id=uuid4(), subject=user.reference, occurred_at=now, provider="aws", region="x", sealed=b"x"
        )
    with db.use_role("staff"):
        announcement = services.write_announcement(actor=officer, now=now, **{**FACTS, "apps": [app.pk, uuid4()]})
    release(announcement, counsel, now)
    send(announcement, now)
    assert [letter.subject for letter in letters(announcement)] == [user.reference]


def test_a_worker_that_dies_between_two_batches_is_followed_by_another(written, counsel, make_user, now, monkeypatch):
    for number in range(7):
        make_user(f"person{number}")
    release(written, counsel, now)
    monkeypatch.setattr(announcements, "BATCH", 3)
    real, calls = announcements.write_letter, []

    def dying(*args, **facts):
        calls.append(args)
        if len(calls) == 5:
            raise KeyboardInterrupt
        return real(*args, **facts)

    monkeypatch.setattr(announcements, "write_letter", dying)
    with pytest.raises(KeyboardInterrupt):
        send(written, now)
    assert len(letters(written)) == 3
    with db.use_role("worker"):
        services.sweep_announcements(now=now)
    assert len(letters(written)) == 9


def test_one_letter_that_cannot_be_written_keeps_no_other(written, counsel, officer, user, now, monkeypatch):
    release(written, counsel, now)
    real = announcements.write_letter

    def failing(person, **facts):
        if person == user:
            raise ValueError
        return real(person, **facts)

    monkeypatch.setattr(announcements, "write_letter", failing)
    with pytest.raises(LettersMissingError):
        send(written, now)
    assert {letter.subject for letter in letters(written)} == {counsel.reference, officer.reference}
    monkeypatch.setattr(announcements, "write_letter", real)
    with db.use_role("worker"):
        services.sweep_announcements(now=now)
        assert Announcement.objects.get().finished_at is not None
    assert len(letters(written)) == 3


# ---- a version of the policy


def test_a_new_version_is_announced_by_itself_and_links_its_comparison(first, officer, counsel, user, now):
    version = publish_new(officer, counsel, now)
    with db.use_role("worker"):
        services.sweep_announcements(now=now)
        announcement = Announcement.objects.get(version=version)
    letter = next(letter for letter in letters(announcement) if letter.subject == user.reference)
    text = open_letter(letter.pk, user=user, now=now)[1]
    assert "Less is kept." in text
    assert f"/policy/{version.effective_on}/en/" in text


def test_who_joins_later_is_told_within_the_hour(first, officer, counsel, now, make_user):
    version = publish_new(officer, counsel, now)
    with db.use_role("worker"):
        services.sweep_announcements(now=now)
    late = make_user("late", date_joined=now)
    with db.use_role("worker"):
        announcement = Announcement.objects.get(version=version)
        services.sweep_announcements(now=now + timedelta(minutes=59))
        assert late.reference not in {letter.subject for letter in letters(announcement)}
        services.sweep_announcements(now=now + timedelta(minutes=61))
    assert late.reference in {letter.subject for letter in letters(announcement)}
    assert len(letters(announcement)) == User.objects.count()
