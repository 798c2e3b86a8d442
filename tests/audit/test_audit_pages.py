"""The log on the staff site: exact filters, keyset pages, one entry; for those who may read it."""

import uuid

import pytest
from django.urls import reverse

from accounts.identity.roles import Role
from audit import registry, sides
from audit.actors import machine
from audit.registry import EventType
from audit.selectors import PAGE_SIZE
from audit.services import append, sequence
from tests.signin import sign_in

COUNTED = EventType("audit.test.counted", 1, "counted {number}", {"number": int, "case": str}, {"name": "subject"})


@pytest.fixture
def entries(office, now, monkeypatch, settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path)
    monkeypatch.setitem(registry._events, COUNTED.name, COUNTED)
    with sides.acting("worker"), sides.atomic():
        made = [
            append(
                COUNTED,
                actor=machine("t"),
                subject="a" * 32,
                now=now,
                payload={"number": n, "case": "RR-2026-000001" if n % 2 else None},
                personal={"name": "Secret Name"},
            )
            for n in range(PAGE_SIZE + 10)
        ]
    with sides.acting("sequencer"):
        sequence(now)
    return made


@pytest.fixture
def auditor(client, make_staff):
    sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True)
    return client


def test_the_auditor_pages_through_by_keyset(auditor, entries):
    first = auditor.get(reverse("admin:audit_entry_changelist"), {"event": COUNTED.name})
    assert first.status_code == 200
    assert len(first.context["lines"]) == PAGE_SIZE
    second = auditor.get(reverse("admin:audit_entry_changelist") + first.context["older_url"])
    assert [line.payload["number"] for line in second.context["lines"]] == list(range(9, -1, -1))
    assert b"Secret Name" not in first.content + second.content


def test_filters_match_exactly(auditor, entries):
    page = auditor.get(reverse("admin:audit_entry_changelist"), {"case": "RR-2026-000001", "event": COUNTED.name})
    assert len(page.context["lines"]) == (PAGE_SIZE + 10) // 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("case", "x"),
        ("subject", "zz"),
        ("actor", "root"),
        ("event", "no.such.event"),
        ("before", "1"),
        ("outcome", "?"),
    ],
)
def test_a_malformed_filter_is_named(auditor, entries, name, value):
    page = auditor.get(reverse("admin:audit_entry_changelist"), {name: value})
    assert page.status_code == 400
    assert name in page.context["form"].errors


def test_one_entry_shows_its_bytes_and_its_place(auditor, entries):
    page = auditor.get(reverse("admin:audit_entry_detail", args=[entries[0]]))
    assert page.status_code == 200
    assert page.context["place"].index < PAGE_SIZE + 10
    assert page.context["sealed"] == 1
    assert b"Secret Name" not in page.content
    assert auditor.get(reverse("admin:audit_entry_detail", args=[uuid.uuid4()])).status_code == 404


def test_other_roles_do_not_read_the_log(client, make_staff, entries):
    sign_in(client, make_staff("sam", Role.SUPPORT), mfa=True)
    assert client.get(reverse("admin:audit_entry_changelist")).status_code == 403
    assert client.get(reverse("admin:audit_entry_detail", args=[entries[0]])).status_code == 403
