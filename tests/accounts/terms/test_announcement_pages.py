"""The staff's pages of announcements: a draft, its release by somebody else, how far it is sent, and to whom."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.inbox.models import Letter
from accounts.inbox.services import open_letter
from accounts.terms import services
from accounts.terms.models import Announcement
from core import db
from tests.policy_versions import publish_new
from tests.signin import sign_in

LIST = "/staff/terms/announcement/"
GOOD = {
    "kind": "security",
    "title_en": "A fault was mended",
    "title_ar": "أُصلح خلل",
    "text_en": "Nothing of <yours> was read.",
    "text_ar": "لم يُقرأ شيء من بياناتك.",
    "apps": "",
}


@pytest.fixture
def now(office):
    return timezone.now()


@pytest.fixture
def writer(client, officer):
    return sign_in(client, officer, mfa=True)


@pytest.fixture
def releaser(counsel):
    return sign_in(Client(), counsel, mfa=True, fresh=True)


def release(client, one):
    """Release what the page of the act shows."""
    read = client.get(f"{one}release/").context["form"]["read"].value()
    return client.post(f"{one}release/", {"read": read})


def written(client, **changes):
    answer = client.post(f"{LIST}new/", {**GOOD, **changes})
    assert answer.status_code == 302, answer.context["form"].errors
    return answer["Location"]


def text_of(client, page):
    answer = client.get(page)
    assert answer.status_code == 200
    return answer.content.decode()


def send(now):
    with db.use_role("worker"):
        services.sweep_announcements(now=now)


def test_one_writes_another_releases_and_both_see_it_sent(writer, releaser, user, now):
    one = written(writer)
    page = text_of(writer, one)
    assert "somebody else releases it" in page
    assert f"{one}release/" not in page
    assert "Nothing of &lt;yours&gt; was read." in page
    assert "لم يُقرأ شيء من بياناتك." in page
    assert f"{one}release/" in text_of(releaser, one)
    assert release(releaser, one).status_code == 302
    page = text_of(releaser, one)
    assert "Letters are being written" in page
    assert f'hx-get="{one}progress/"' in page
    send(now)
    part = releaser.get(f"{one}progress/", headers={"HX-Request": "true"}).content.decode()
    assert "0 of 3" in part
    assert "hx-get" in part
    with db.use_role("owner"):
        Letter.objects.filter(subject=user.reference).update(mail_state="failed", read_at=now)
        Letter.objects.exclude(subject=user.reference).update(mail_state="sent")
    part = releaser.get(f"{one}progress/", headers={"HX-Request": "true"}).content.decode()
    assert "3 of 3" in part
    assert "hx-get" not in part
    page = text_of(releaser, one)
    assert f"<bdi>{user.username}</bdi>" in page
    assert "could not be mailed" in page
    assert releaser.post(f"{one}discard/").status_code == 409


def test_what_its_writer_changes_after_it_was_read_is_not_released(writer, releaser):
    one = written(writer)
    [address] = re.findall(f'href="({one}release/[^"]+)"', text_of(releaser, one))
    assert writer.post(f"{one}edit/", {**GOOD, "text_en": "Send us your password."}).status_code == 302
    read = releaser.get(address).context["form"]["read"].value()
    assert releaser.post(address, {}).status_code == 422
    answer = releaser.post(address, {"read": read})
    assert (answer.status_code, "changed since you read it" in answer.content.decode()) == (409, True)
    [address] = re.findall(f'href="({one}release/[^"]+)"', text_of(releaser, one))
    read = releaser.get(address).context["form"]["read"].value()
    assert releaser.post(address, {"read": read}).status_code == 302


def test_the_preview_is_the_letter_to_the_letter(writer, releaser, user, now):
    one = written(writer)
    [(_english, subject_line, text), _arabic] = writer.get(one).context["previews"]
    release(releaser, one)
    send(now)
    with db.use_role("worker"):
        letter = Letter.objects.get(subject=user.reference)
    assert letter.subject_line == subject_line
    assert open_letter(letter.pk, user=user, now=now)[1] == text.replace("paula", user.username)


def test_letters_stand_on_pages_that_follow_each_other(writer, releaser, make_user, now, monkeypatch):
    monkeypatch.setattr("accounts.terms.announcement_admin._PAGE", 2)
    for name in ("omar", "noor", "rami"):
        make_user(name)
    one = written(writer)
    release(releaser, one)
    send(now)
    seen, after = [], ""
    for _page in range(3):
        page = releaser.get(f"{one}{after}")
        seen += [row["name"] for row in page.context["letters"]]
        after = page.context["older_url"]
    assert after == ""
    assert sorted(seen) == ["lena", "noor", "omar", "paula", "rami"]
    assert releaser.get(f"{LIST}?older=x").status_code == 404


def test_apps_are_numbers_and_a_bad_one_is_named_by_its_line(writer, now):
    app = uuid4()
    answer = writer.post(f"{LIST}new/", {**GOOD, "apps": f"{app}\n\nmine"})
    assert answer.status_code == 422
    assert "Line 3 is no number of an app." in answer.content.decode()
    one = written(writer, apps=f"{app}\n{app}\n")
    assert "the people of 1 app" in text_of(writer, one)
    assert f"{app}</textarea>" in text_of(writer, f"{one}edit/")


@pytest.mark.parametrize("field", ["title_ar", "text_en"])
def test_a_text_that_is_missing_is_named(writer, field):
    answer = writer.post(f"{LIST}new/", {**GOOD, field: " "})
    assert answer.status_code == 422
    assert field in answer.context["form"].errors


def test_who_changes_a_draft_does_not_release_it(writer, releaser, now):
    one = written(writer)
    assert releaser.post(f"{one}edit/", {**GOOD, "title_en": "Changed"}).status_code == 302
    assert "Changed" in text_of(releaser, LIST)
    assert release(releaser, one).status_code == 409
    assert releaser.post(f"{one}discard/").status_code == 302
    assert releaser.get(one).status_code == 404


def test_a_security_engineer_writes_about_security_alone(writer, make_staff):
    engineer = sign_in(Client(), make_staff("sam", Role.SECURITY_ENGINEER), mfa=True, fresh=True)
    service, own = written(writer, kind="service"), written(engineer)
    assert engineer.post(f"{LIST}new/", {**GOOD, "kind": "service"}).status_code == 422
    assert engineer.get(f"{service}edit/").status_code == 403
    assert engineer.post(f"{service}discard/").status_code == 403
    assert engineer.post(f"{own}edit/", {**GOOD, "kind": "service"}).status_code == 422
    assert engineer.post(f"{own}release/").status_code == 403
    assert engineer.post(f"{own}edit/", GOOD).status_code == 302


def test_a_draft_waits_on_the_first_page_of_whoever_may_release_it(writer, releaser, make_staff, draft):
    one = written(writer)
    assert one not in text_of(writer, "/staff/")
    page = text_of(releaser, "/staff/")
    assert f'href="{one}"' in page
    assert f'href="/staff/terms/policyversion/{draft.pk}/"' in page
    auditor = sign_in(Client(), make_staff("aya", Role.AUDITOR), mfa=True)
    assert one not in text_of(auditor, "/staff/")


def test_those_of_versions_and_processors_are_listed_and_stay(first, officer, counsel, releaser, now):
    version = publish_new(officer, counsel, now)
    with db.use_role("staff"):
        said = {"name": "AWS", "purpose": "hosting", "country": "DE", "privacy_url": "https://aws.example/"}
        services.change_processor("aws", **said, contract="", contract_on=None, actor=officer, now=now)
        found = {each.kind: each.pk for each in Announcement.objects.exclude(version=first)}
    page = text_of(releaser, LIST)
    assert f"Version of {version.effective_on}" in page
    for kind, part in (("policy", "Less is kept."), ("processors", "Germany")):
        assert part in text_of(releaser, f"{LIST}{found[kind]}/")
        for verb in ("edit", "discard", "release"):
            answer = releaser.post(f"{LIST}{found[kind]}/{verb}/", {**GOOD, "read": "1"})
            assert answer.status_code == 409
