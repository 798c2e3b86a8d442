"""The page of one entry and of one case: inclusion path, what is encrypted and who may have it decrypted, odd bytes."""

import re
import sys
from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.identity.roles import Role
from audit.erasure.crypto_shred import crypto_shred_subject
from audit.log import event_types
from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.log.labels import ErasureGround
from audit.log.models import Disclosure, Entry
from audit.merkle.hashing import leaf_hash
from audit.sequencer.sequence import sequence
from audit.tree.inclusion_path import inclusion_path_of
from core import db
from tests.signin import sign_in
from vault.errors import KekMissingError
from vault.models import SubjectKey
from vault.services import forget_cached_keys

CASE = "RR-2026-000001"
KEPT = EventType(
    "audit.test.kept",
    "{actor} kept {said}",
    {"said": (str, list, dict), "case": str},
    {"name": "subject", "email": "actor"},
)


@pytest.fixture(autouse=True)
def office_with_log(office, monkeypatch, settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path)
    monkeypatch.setitem(event_types._events, KEPT.name, KEPT)
    # Entries of before payloads were closed to free text are shown, too.
    monkeypatch.setattr(sys.modules["audit.log.append"], "broken_rule", lambda *_: "")


@pytest.fixture
def auditor(client, make_staff):
    sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True, fresh=True)
    return client


@pytest.fixture
def keep(now):
    def write(said="it", *, case=CASE, actor=None, subject="a" * 32, at=now, **personal):
        with db.use_role("worker"), db.atomic():
            return append(
                KEPT,
                actor=actor or machine("t"),
                subject=subject,
                now=at,
                payload={"said": said, "case": case},
                personal=personal,
            )

    return write


@pytest.fixture
def grow(now):
    def take():
        with db.use_role("sequencer"):
            sequence(now)

    return take


def page_of(client, entry, status=200):
    page = client.get(reverse("admin:audit_entry_detail", args=[entry]))
    assert page.status_code == status
    return page


def text(page):
    return page.content.decode()


def test_the_inclusion_path_is_computed_anew_against_the_signed_root_and_drawn(auditor, keep, grow, now):
    made = [keep(str(n), at=now + timedelta(seconds=n)) for n in range(300)]
    grow()
    with db.use_role("staff"):
        leaves = {entry.id: bytes(entry.leaf) for entry in Entry.objects.all()}
        paths = {entry: inclusion_path_of(entry, leaves[entry]) for entry in (made[0], made[7], made[299])}
    for entry, path in paths.items():
        assert path.agrees
        assert path.hash == leaf_hash(leaves[entry]).hex()
        assert path.steps[-1].result == path.root
        assert path.latest.size == path.first.size == 300
        page = text(page_of(auditor, entry))
        assert path.root in page
        assert "proved just now" in page
        assert page.count("<circle") == len(path.steps) + 1
        assert reverse("admin:audit_entry_receipt", args=[entry]) in page
    by_index = {path_of_entry(entry).index: entry for entry in made}
    middle = page_of(auditor, by_index[150])
    assert middle.context["path"].previous.id == by_index[149]
    assert middle.context["path"].next.id == by_index[151]
    assert page_of(auditor, by_index[0]).context["path"].previous is None
    assert page_of(auditor, by_index[299]).context["path"].next is None


def path_of_entry(entry):
    with db.use_role("staff"):
        return inclusion_path_of(entry, bytes(Entry.objects.get(pk=entry).leaf))


def test_an_entry_outside_the_tree_waits_and_the_only_one_is_the_root(auditor, keep, grow):
    entry = keep()
    assert "It is not in the signed log yet" in text(page_of(auditor, entry))
    grow()
    page = page_of(auditor, entry)
    path = page.context["path"]
    assert (path.steps, path.root) == ([], path.hash)
    assert "its own hash is the root" in text(page)


@pytest.mark.tampering
def test_changed_bytes_are_called_out(auditor, keep, grow):
    entry = keep()
    keep("other")
    grow()
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_no_change")
        cursor.execute("ALTER TABLE audit_entry_202611 DISABLE TRIGGER audit_no_change")
        cursor.execute(
            "UPDATE audit_entry SET leaf = convert_to(replace(convert_from(leaf, 'UTF8'), 'it', 'xx'), 'UTF8') "
            "WHERE id = %s",
            [entry],
        )
    page = page_of(auditor, entry)
    assert not page.context["path"].agrees
    assert "do not lead to the root" in text(page)


def test_the_bytes_can_be_taken_home(auditor, keep, grow):
    entry = keep("\u202eodd\x00")
    grow()
    answer = auditor.get(reverse("admin:audit_entry_leaf", args=[entry]))
    assert answer["Content-Disposition"] == f'attachment; filename="{entry}.leaf.json"'
    assert leaf_hash(answer.content).hex() == path_of_entry(entry).hash


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        ("nul\x00byte", "nul\\u0000byte"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("<script>alert(1)</script>", "&lt;script&gt;alert(1)&lt;/script&gt;"),
        ("{actor} %s {{ x }}", "{actor} %s {{ x }}"),
        (["a", "\u2066b"], "a, \\u2066b"),
        ({"k": "\x1b[31m"}, "{&quot;k&quot;:&quot;\\u001b[31m&quot;}"),
        ("", ""),
    ],
)
def test_odd_values_are_shown_and_do_nothing(auditor, keep, said, shown):
    entry = keep(said)
    page = text(page_of(auditor, entry))
    assert shown in page
    assert not set(page) & {"\x00", "\x1b", "\u202e", "\u2066"}
    assert "<script>alert" not in page
    listed = text(auditor.get(reverse("admin:audit_entry_changelist"), {"event": KEPT.name}))
    assert not set(listed) & {"\x00", "\x1b", "\u202e", "\u2066"}


def test_what_is_encrypted_is_listed_and_not_decrypted(auditor, keep):
    entry = keep(name="Layla Secret", actor=Actor("user", "b" * 32), email="b@example.org")
    page = page_of(auditor, entry)
    assert [(part["whose"], part["fields"]) for part in page.context["parts"]] == [
        ("subject", ["name"]),
        ("actor", ["email"]),
    ]
    assert "Layla Secret" not in text(page)
    assert "b@example.org" not in text(page)


def disclose(client, entry, whose="subject", **fields):
    address = reverse(f"admin:audit_entry_{whose}", args=[entry])
    return client.post(address, {f"{whose}-{name}": value for name, value in fields.items()})


def lines(event):
    with db.use_role("staff"):
        return list(Entry.objects.filter(event=event).order_by("id"))


WHY = "The person asked what was written about them."


def test_an_auditor_opens_a_persons_details_once_within_their_case_and_the_log_has_it_first(auditor, keep, user):
    entry = keep(name="Layla Secret", subject=user.reference)
    page = disclose(auditor, entry, reason=WHY, case=CASE)
    assert page.status_code == 200
    assert "Layla Secret" in text(page)
    assert page["Cache-Control"] == "no-store, private"
    (line,) = lines("audit.disclosure.read")
    assert (line.subject, line.case_ref, line.outcome) == (user.reference, CASE, "ok")
    assert WHY.encode() not in bytes(line.leaf)
    assert "Layla Secret" not in text(page_of(auditor, entry))


def test_what_somebody_wrote_hides_nothing_and_keeps_its_lines(auditor, keep, user):
    entry = keep(name="see \u202egnp.exe\n<b>\x00", subject=user.reference)
    page = text(disclose(auditor, entry, reason=WHY, case=CASE))
    assert "<bdi>see [U+202E]gnp.exe<br>&lt;b&gt;[U+0000]</bdi>" in page


@pytest.mark.parametrize(
    "fields",
    [
        {"reason": "short", "case": CASE},
        {"reason": "a" + "\u200b" * 20 + "b", "case": CASE},
        {"reason": WHY, "case": "mine"},
        {"reason": WHY},
        {"case": CASE},
        {},
        {"reason": "x" * 501, "case": CASE},
    ],
)
def test_without_a_reason_and_a_case_nothing_opens(auditor, keep, fields):
    page = disclose(auditor, keep(name="Layla Secret"), **fields)
    assert page.status_code == 422
    assert "Layla Secret" not in text(page)
    assert lines("audit.disclosure.read") == []


def test_a_case_of_somebody_else_is_refused_and_logged(auditor, keep):
    keep(case="HA-2026-000009", subject="f" * 32)
    page = disclose(auditor, keep(name="Layla Secret"), reason=WHY, case="HA-2026-000009")
    assert page.status_code == 403
    assert "No entry of that case is about this person." in text(page)
    assert "Layla Secret" not in text(page)
    (line,) = lines("audit.disclosure.refused")
    assert (line.outcome, line.subject) == ("refused", "a" * 32)


def test_who_reads_the_log_without_that_right_is_refused_and_logged(client, make_staff, keep):
    sign_in(client, make_staff("pat", Role.PRIVACY_OFFICER), mfa=True)
    entry = keep(name="Layla Secret")
    assert "Log it and show it" not in text(page_of(client, entry))
    page = disclose(client, entry, reason=WHY, case=CASE)
    assert page.status_code == 403
    assert "Layla Secret" not in text(page)
    assert len(lines("audit.disclosure.refused")) == 1


def test_who_does_not_read_the_log_does_not_even_meet_the_form(client, make_staff, keep):
    sign_in(client, make_staff("sam", Role.SUPPORT), mfa=True)
    entry = keep(name="Layla Secret")
    assert disclose(client, entry, reason=WHY, case=CASE).status_code == 403
    for name in ("detail", "leaf", "receipt", "subject"):
        assert client.get(reverse(f"admin:audit_entry_{name}", args=[entry])).status_code in {403, 405}
    assert client.get(reverse("admin:audit_case", args=[CASE])).status_code == 403


def test_what_is_about_a_member_of_staff_needs_a_case_like_anybody_elses(auditor, make_staff, keep):
    sam = make_staff("sam", Role.SUPPORT)
    about = keep(name="Sam Secret", subject=sam.reference)
    themselves = keep(name="Sam Secret", subject=sam.reference, actor=Actor("staff", sam.reference))
    for page in (disclose(auditor, about), disclose(auditor, themselves), disclose(auditor, themselves, "actor")):
        assert page.status_code == 422
        assert "Sam Secret" not in text(page)
    assert lines("audit.disclosure.read") == []


def test_a_member_of_staffs_details_need_no_case_and_are_logged_all_the_same(auditor, make_staff, keep):
    sam = make_staff("sam", Role.SUPPORT)
    entry = keep(actor=Actor("staff", sam.reference), email="sam@example.org")
    page = page_of(auditor, entry)
    assert "<bdi>sam</bdi>" in text(page)
    page = disclose(auditor, entry, "actor")
    assert page.status_code == 200
    assert "sam@example.org" in text(page)
    (line,) = lines("audit.disclosure.read")
    assert line.subject == sam.reference


def test_an_erased_person_is_called_so_and_nothing_of_theirs_opens(auditor, keep, user, now):
    actor = Actor("user", user.reference)
    entry = keep(name="Layla Secret", subject=user.reference, actor=actor)
    kept = page_of(auditor, entry).context["entry"].sentence
    assert kept == "The user kept it"
    with db.use_role("worker"):
        crypto_shred_subject(user.reference, ground=ErasureGround.DELETION, actor=machine("t"), now=now)
    page = page_of(auditor, entry)
    assert "An erased person kept it" in text(page)
    assert "Nobody can open it any more" in text(page)
    listed = auditor.get(reverse("admin:audit_entry_changelist"), {"event": KEPT.name})
    assert [line.sentence for line in listed.context["page"].entries] == ["An erased person kept it"]
    assert disclose(auditor, entry, reason=WHY, case=CASE).status_code == 404
    assert not Disclosure.objects.filter(entry=entry).exists()


@pytest.mark.tampering
@pytest.mark.parametrize("stored", [b"", b"\x01abc", b"\x01" * 60])
def test_what_does_not_decrypt_is_reported_on_the_page_and_in_the_log(auditor, keep, user, stored):
    entry = keep(subject=user.reference, name="Layla")
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_disclosure DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_disclosure SET sealed = %s WHERE entry = %s", [stored, entry])
    page = disclose(auditor, entry, reason=WHY, case=CASE)
    assert page.status_code == 409
    assert "It does not open" in text(page)
    with db.use_role("staff"):
        refused = Entry.objects.get(event="audit.disclosure.refused")
    assert (refused.outcome, b'"rule":"broken"' in bytes(refused.leaf)) == ("failed", True)


def test_a_page_of_an_entry_costs_the_same_queries_in_a_log_of_any_size(auditor, keep, grow, now):
    def count(entry):
        with CaptureQueriesContext(connections["staff"]) as captured:
            page_of(auditor, entry)
        return len(captured)

    made = [keep(str(n), name="x", at=now + timedelta(seconds=n)) for n in range(3)]
    grow()
    count(made[1])  # once, so that the menu's counts are known
    few = count(made[1])
    made += [keep(str(n), name="x", at=now + timedelta(seconds=n)) for n in range(600)]
    grow()
    assert count(made[1]) == count(made[400]) == few == 12


def test_a_cases_timeline_pages_newest_first(auditor, keep, now):
    for n in range(130):
        keep(f"number {n}", at=now + timedelta(seconds=n))
    address = reverse("admin:audit_case", args=[CASE])
    assert address == "/staff/log/cases/RR-2026-000001/"
    page = auditor.get(address)
    assert page.status_code == 200
    assert "A machine kept number 129" in text(page)
    assert len(re.findall(r"kept number", text(page))) == 100
    older = auditor.get(address + page.context["older_url"])
    assert len(re.findall(r"kept number", text(older))) == 30
    assert auditor.get(address + older.context["newer_url"]).context["entries"] == page.context["entries"]
    assert auditor.get(reverse("admin:audit_case", args=["RR-2026-999999"])).status_code == 404
    assert auditor.get(reverse("admin:audit_case", args=["nonsense"])).status_code == 404
    assert auditor.get(address, {"older": "x"}).status_code == 404


def test_a_persons_timeline_pages_the_same_way_and_each_entry_leads_to_it(auditor, keep, now):
    for n in range(130):
        entry = keep(f"number {n}", at=now + timedelta(seconds=n))
    keep("about somebody else", subject="b" * 32)
    address = reverse("admin:audit_subject", args=["a" * 32])
    assert address == f"/staff/log/subjects/{'a' * 32}/"
    assert f'href="{address}"' in text(page_of(auditor, entry))
    page = auditor.get(address)
    assert page.context["title"] == "Everything about one person"
    assert f'<bdi class="mono hash">{"a" * 32}</bdi>' in text(page)
    assert "about somebody else" not in text(page)
    assert len(re.findall(r"kept number", text(page))) == 100
    assert f"?subject={'a' * 32}" in text(page)
    older = auditor.get(address + page.context["older_url"])
    assert len(re.findall(r"kept number", text(older))) == 30
    assert auditor.get(reverse("admin:audit_subject", args=["c" * 32])).status_code == 404
    assert auditor.get(reverse("admin:audit_subject", args=["nonsense"])).status_code == 404


def test_timelines_cost_the_same_at_any_length(auditor, keep, now):
    """Session, person, roles, MFA, menu's counts, entries, where the pages end, who is erased, whose names: always."""

    def count(name, value):
        with CaptureQueriesContext(connections["staff"]) as captured:
            assert auditor.get(reverse(name, args=[value])).status_code == 200
        return len(captured)

    for n in range(3):
        keep(str(n), at=now + timedelta(seconds=n))
    count("admin:audit_case", CASE)  # once, so that the menu's counts are known
    few = [count("admin:audit_case", CASE), count("admin:audit_subject", "a" * 32)]
    for n in range(300):
        keep(str(n), at=now + timedelta(seconds=n))
    assert [count("admin:audit_case", CASE), count("admin:audit_subject", "a" * 32)] == few
    assert max(few) <= 9


def test_a_key_of_the_office_that_is_not_known_here_does_not_say_that_what_is_stored_was_changed(auditor, keep, user):
    entry = keep(name="Layla Secret", subject=user.reference)
    SubjectKey.objects.filter(reference=user.reference).update(kek_id="f" * 16)
    forget_cached_keys()
    with pytest.raises(KekMissingError):
        disclose(auditor, entry, reason=WHY, case=CASE)
    assert lines("audit.disclosure.refused") == []
