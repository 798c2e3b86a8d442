"""Versions of the policy: written by one, published by another, public in two languages with what is new."""

import re
from datetime import date, timedelta
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import ProgrammingError, connections
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.personaldata.policy_sections import SECTIONS
from accounts.terms import services
from accounts.terms.errors import PolicyError
from accounts.terms.markdown import differences, headings, render
from accounts.terms.models import PolicyVersion
from audit.log.models import Entry
from core import db
from omegaoffice.dev.demo import policy
from tests.policy_versions import EN, FIRST, facts, publish


@pytest.fixture
def now(office):
    return timezone.now()


def entries():
    with db.use_role("auditor"):
        found = Entry.objects.filter(event__startswith="terms.policy.").order_by("id")
        return list(found.values_list("event", flat=True))


def test_one_writes_and_another_publishes(draft, officer, counsel, now):
    with pytest.raises(PolicyError, match="somebody else"):
        publish(draft, officer, now)
    assert publish(draft, counsel, now).published_by == counsel.reference
    assert entries() == ["terms.policy.imported", "terms.policy.drafted", "terms.policy.published"]


def test_who_changes_a_draft_does_not_publish_it(draft, officer, counsel, make_staff, now):
    with db.use_role("staff"):
        later = now + timedelta(minutes=1)
        services.change_version(draft.pk, actor=counsel, now=later, **facts(now, summary_en="Much less."))
    for actor in (officer, counsel):
        with pytest.raises(PolicyError, match="somebody else"):
            publish(draft, actor, now)
    adam = make_staff("adam", Role.ADMINISTRATOR)  # the second person of a small office
    with pytest.raises(PolicyError, match="changed since you read it"):
        publish(draft, adam, now)
    draft.refresh_from_db()
    assert publish(draft, adam, now).summary_en == "Much less."


def test_what_is_published_stays_as_it_is(draft, counsel, officer, now):
    publish(draft, counsel, now)
    with db.use_role("staff"):
        for act in (
            lambda: services.change_version(draft.pk, actor=officer, now=now, **facts(now)),
            lambda: services.discard_version(draft.pk, actor=officer, now=now),
            lambda: services.publish_version(draft.pk, actor=counsel, now=now, read=draft.state),
        ):
            with pytest.raises(PolicyError, match="stays as it is"):
                act()


@pytest.mark.parametrize("role", ["staff", "owner"])
@pytest.mark.parametrize("change", ["text_en = 'x'", "published_at = NULL", "effective_on = now()", ""])
def test_nor_does_the_database_change_it(first, role, change):
    statement = f"UPDATE terms_policyversion SET {change}" if change else "DELETE FROM terms_policyversion"
    with pytest.raises(ProgrammingError, match="stays as it is"), connections[role].cursor() as cursor:
        cursor.execute(statement)


def test_nor_lets_it_anybody_publish_their_own_or_a_second_first_one(draft, officer):
    for by in (officer.reference, ""):
        with pytest.raises(ProgrammingError, match="Nobody publishes"), connections["staff"].cursor() as cursor:
            cursor.execute(
                "UPDATE terms_policyversion SET published_at = now(), published_by = %s WHERE id = %s", [by, draft.pk]
            )


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"effective_on": date(2026, 1, 1)}, "effective_on"),
        ({"text_en": "no heading"}, "text_en"),
        ({"text_ar": ""}, "text_ar"),
        ({"text_en": "# x\n" + "y" * 100_001}, "text_en"),
        ({"text_en": "# x" + "\n\ny" * 1000}, "text_en"),
        ({"summary_ar": " "}, "summary_ar"),
    ],
)
def test_what_breaks_a_rule_is_named_and_nothing_is_written(first, officer, now, changes, field):
    with db.use_role("staff"), pytest.raises(PolicyError) as refusal:
        services.write_version(actor=officer, now=now, **facts(now, **changes))
    assert refusal.value.field == field
    assert PolicyVersion.objects.count() == 1


def test_two_versions_of_one_day_are_refused(draft, officer, counsel, now):
    publish(draft, counsel, now)
    with db.use_role("staff"):
        second = services.write_version(actor=officer, now=now, **facts(now))
    with pytest.raises(PolicyError, match="Another version") as refusal:
        publish(second, counsel, now)
    assert refusal.value.field == "effective_on"


def test_a_draft_whose_day_has_come_is_not_published(draft, counsel, now):
    with pytest.raises(PolicyError, match="in the future"):
        publish(draft, counsel, now + timedelta(days=20))


# ---- the public pages


def text_of(answer):
    assert answer.status_code == 200
    return answer.content.decode()


def test_before_the_first_version_the_page_says_so(client, office):
    assert "No version is published yet" in text_of(client.get("/policy/"))
    assert client.get("/policy/2026-03-03/en/").status_code == 404


def test_everybody_reads_it_in_both_languages_and_a_draft_nobody(client, draft):
    page = text_of(client.get("/policy/"))
    assert "We keep little." in page
    assert "In force since" in page
    arabic = text_of(client.get("/policy/2026-03-03/ar/"))
    assert "نحتفظ بالقليل" in arabic
    assert 'dir="rtl"' in arabic
    assert client.get(f"/policy/{draft.effective_on}/en/").status_code == 404
    assert "We keep less." not in page


def test_an_announced_one_stands_beside_what_is_in_force(client, draft, counsel, now):
    publish(draft, counsel, now)
    assert "We keep little." in text_of(client.get("/policy/"))
    page = text_of(client.get(f"/policy/{draft.effective_on}/en/"))
    assert "Takes effect on" in page
    assert "not the version in force" in page
    assert "<del><p>We keep little.</p>" in page
    assert "<ins><p>We keep less.</p>" in page
    assert "Less is kept." in page


@pytest.mark.parametrize("day", ["2026-13-41", "0000-00-00", "2026-03-04"])
def test_a_day_without_a_version_is_no_page(client, first, day):
    assert client.get(f"/policy/{day}/en/").status_code == 404


def test_every_footer_leads_there(client, first):
    assert 'href="/policy/"' in text_of(client.get("/accounts/login/"))


def test_untranslated_it_is_shown_in_english_and_says_so(client, now):
    with db.use_role("staff"):
        services.import_first_version(EN, "", effective_on=FIRST, summary_en="-", summary_ar="", now=now)
    page = text_of(client.get("/policy/2026-03-03/ar/"))
    assert "We keep little." in page
    assert 'lang="en" dir="ltr"' in page


@pytest.mark.parametrize(
    "text",
    [
        "<script>alert(1)</script>",
        "[x](javascript:alert(1))",
        "[x](data:text/html,x)",
        "![x](https://evil.example/x.png)",
        '<a href="x" onclick="alert(1)">x</a>',
        "<iframe src=//evil.example></iframe>",
        "[x](http://evil.example)",
    ],
)
def test_nothing_that_runs_or_loads_comes_out_of_markdown(text):
    tags = re.findall(r"<(\w+)([^>]*)>", render(text))
    assert {name for name, _more in tags} <= {"p", "a"}
    safe = re.compile(r'( href="https://[^"]*")?( rel="noreferrer")?')
    assert all(safe.fullmatch(more) for _name, more in tags)


def test_paragraphs_are_compared_whole():
    found = list(differences("# A\n\none\n\ntwo", "# A\n\none\n\nthree\n\nfour"))
    assert [(kind, str(html).strip()) for kind, html in found] == [
        ("removed", "<p>two</p>"),
        ("added", "<p>three</p>"),
        ("added", "<p>four</p>"),
    ]


# ---- the first version


def test_the_demos_first_version_has_every_section_of_the_policy_in_both_languages():
    english, arabic = (policy.text(language) for language in ("en", "ar"))
    assert set(headings(english)[1:]) == SECTIONS
    assert len(headings(arabic)) == len(headings(english))
    for name in ("3 March 2026", "1487010", "OmegaCloud Cloud Service & Datacenters Providers", "27 March 2025"):
        assert name in english
    assert all(len(part) > 20 for part in english.split("\n\n") if not part.startswith("#"))


def test_a_command_imports_it_once(office, tmp_path, client):
    file = tmp_path / "policy.md"
    file.write_text(EN)
    call_command("terms_import", str(file), "--effective=2026-03-03", stdout=StringIO())
    assert "We keep little." in text_of(client.get("/policy/"))
    with pytest.raises(CommandError, match="There is a published version"):
        call_command("terms_import", str(file), "--effective=2026-03-04")


@pytest.mark.parametrize("content", [None, b"\xff\xfe", b"no heading"])
def test_a_file_that_is_none_is_refused(office, tmp_path, content):
    file = Path(tmp_path / "policy.md")
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(CommandError):
        call_command("terms_import", str(file), "--effective=2026-03-03")
