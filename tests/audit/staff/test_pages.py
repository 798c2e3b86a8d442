"""The log on the staff site: exact filters, keyset pages, one entry; for those who may read it."""

import uuid
from datetime import timedelta

import pytest
from django.db import connections
from django.test.utils import CaptureQueriesContext
from django.urls import reverse

from accounts.identity.roles import Role
from audit.log import event_types
from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.log.events import HEARTBEAT_WRITTEN
from audit.search import queries
from audit.search.selectors import PAGE_SIZE
from audit.sequencer.sequence import sequence
from core import db
from tests.signin import sign_in

COUNTED = EventType("audit.test.counted", "counted {number}", {"number": int, "case": str}, {"name": "subject"})
#: session, user, second factor, roles, the menu's counts; page, facets, checkpoint
QUERIES = 9


@pytest.fixture
def entries(office, now, monkeypatch, settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path)
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)
    with db.use_role("worker"), db.atomic():
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
    with db.use_role("sequencer"):
        sequence(now)
    return made


@pytest.fixture
def auditor(client, make_staff):
    sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True)
    return client


def test_the_auditor_pages_through_by_keyset(auditor, entries):
    first = auditor.get(reverse("admin:audit_entry_changelist"), {"event": COUNTED.name})
    assert first.status_code == 200
    assert len(first.context["page"].entries) == PAGE_SIZE
    second = auditor.get(reverse("admin:audit_entry_changelist") + first.context["older_url"])
    assert [line.payload["number"] for line in second.context["page"].entries] == list(range(9, -1, -1))
    assert b"Secret Name" not in first.content + second.content
    oldest = auditor.get(reverse("admin:audit_entry_changelist") + first.context["oldest_url"])
    assert [line.payload["number"] for line in oldest.context["page"].entries][-1] == 0
    newer = auditor.get(reverse("admin:audit_entry_changelist") + second.context["newer_url"])
    assert newer.context["page"] == first.context["page"]


def test_filters_match_exactly(auditor, entries):
    page = auditor.get(reverse("admin:audit_entry_changelist"), {"case": "RR-2026-000001", "event": COUNTED.name})
    assert len(page.context["page"].entries) == (PAGE_SIZE + 10) // 2
    assert page.context["facets"].total == (PAGE_SIZE + 10) // 2
    assert b"all 55 entries that fit" in page.content


@pytest.fixture
def routine(entries, now):
    """Heartbeats at the time of the entries, and 100 newer ones."""
    with db.use_role("worker"), db.atomic():
        for n in range(PAGE_SIZE + 100):
            at = now + timedelta(microseconds=n) if n < PAGE_SIZE else now + timedelta(seconds=n)
            append(HEARTBEAT_WRITTEN, actor=machine("sequencer"), subject=None, now=at, payload={"pending": n})


def read_events(client, query=""):
    page = client.get(reverse("admin:audit_entry_changelist") + query)
    assert page.status_code == 200
    return page, {entry.event for entry in page.context["page"].entries}


def test_machines_routine_is_left_out_until_one_asks_and_pages_keep_the_choice(auditor, routine):
    page, events = read_events(auditor)
    assert HEARTBEAT_WRITTEN.name not in events
    assert len(page.context["page"].entries) == PAGE_SIZE
    assert HEARTBEAT_WRITTEN.name not in page.context["facets"].events
    _, events = read_events(auditor, page.context["older_url"])
    assert (HEARTBEAT_WRITTEN.name in events, COUNTED.name in events) == (False, True)
    without, everything = page.context["tabs"]
    assert (without["is_current"], everything["is_current"]) == (True, False)
    page, events = read_events(auditor, everything["url"])
    assert events == {HEARTBEAT_WRITTEN.name}
    assert page.context["tabs"][1]["is_current"]
    _, events = read_events(auditor, page.context["older_url"])
    assert HEARTBEAT_WRITTEN.name in events
    assert "routine=shown" in page.context["older_url"]
    # Who filters from here keeps the choice, and it is no filter of its own.
    assert b'<input type="hidden" name="routine" value="shown">' in page.content
    assert page.context["narrowed"] == 0


def test_machines_routine_is_left_out_within_the_scan_limit_and_the_page_says_how_far_it_read(
    auditor, routine, monkeypatch
):
    monkeypatch.setattr(queries, "SCAN_LIMIT", 50)
    page, events = read_events(auditor)
    assert HEARTBEAT_WRITTEN.name not in events
    assert b"There may be more" in page.content
    page, events = read_events(auditor, page.context["older_url"])
    assert HEARTBEAT_WRITTEN.name not in events


def test_a_log_of_nothing_but_routine_says_so(auditor, office, now):
    with db.use_role("worker"), db.atomic():
        append(HEARTBEAT_WRITTEN, actor=machine("sequencer"), subject=None, now=now, payload={"pending": 0})
    assert b"Nothing but machines' routine" in read_events(auditor)[0].content
    assert b"No entry fits" in read_events(auditor, "?outcome=failed")[0].content


@pytest.mark.parametrize(
    ("query", "shown"),
    [
        (f"?event={HEARTBEAT_WRITTEN.name}", True),
        ("?actor=machine:sequencer&routine=shown", True),
        ("?actor=machine:sequencer", False),
        ("?kind=machine&outcome=ok", False),
    ],
)
def test_who_asks_for_the_event_gets_it_and_other_filters_leave_routine_out(auditor, routine, query, shown):
    assert (HEARTBEAT_WRITTEN.name in read_events(auditor, query)[1]) == shown


@pytest.mark.parametrize(
    "query", ["?case=RR-2026-000001", f"?subject={'a' * 32}", "?outcome=refused", "?kind=user", "?actor=staff:x"]
)
def test_what_holds_no_routine_is_searched_along_one_index_alone(auditor, routine, query):
    page, _ = read_events(auditor, query)
    assert page.context["tabs"] == []
    assert page.context["form"].wanted.without == ()


def test_an_outcome_is_said_where_it_is_not_done(auditor, entries, now):
    assert b'class="pill' not in read_events(auditor)[0].content.partition(b"<tbody")[2]
    with db.use_role("worker"), db.atomic():
        append(
            COUNTED, actor=machine("t"), subject=None, now=now, payload={"number": 1, "case": None}, outcome="refused"
        )
    assert read_events(auditor)[0].content.count(b'<span class="pill warning">refused</span>') == 1


def test_each_day_of_the_reader_has_its_own_heading(client, make_staff, entries, now):
    later = now + timedelta(hours=11)
    with db.use_role("worker"), db.atomic():
        append(COUNTED, actor=machine("t"), subject=None, now=later, payload={"number": 1, "case": None})
    sign_in(client, make_staff("noor", Role.AUDITOR, time_zone="Asia/Dubai"), mfa=True)
    page = read_events(client)[0].content
    assert page.count(b'scope="rowgroup"') == 2
    assert page.index(b"24 Nov 2026</th>") < page.index(b">00:30:00</time>") < page.index(b"23 Nov 2026</th>")


def test_events_are_named_in_words(auditor, entries):
    page = read_events(auditor, "?routine=shown")[0].content
    assert b"<bdi>Counted \xe2\x80\xa6</bdi>" in page
    assert b">The log is alive (audit.heartbeat.written)</option>" in page
    page = auditor.get(reverse("admin:audit_entry_detail", args=[entries[0]]))
    assert page.context["title"] == "Counted 0"
    assert "<title>Counted 0" in " ".join(page.content.decode().split()).replace("<title> ", "<title>")


def test_times_are_in_the_readers_zone_which_is_named(client, make_staff, entries, now):
    dubai = make_staff("noor", Role.AUDITOR, time_zone="Asia/Dubai")
    sign_in(client, dubai, mfa=True)
    address = reverse("admin:audit_entry_changelist")
    page = client.get(address, {"event": COUNTED.name, "after": "2026-11-23T13:30:00", "before": "2026-11-23T13:30:01"})
    assert len(page.context["page"].entries) == PAGE_SIZE
    assert b"<bdi>Dubai (UTC+04:00)</bdi>" in page.content
    assert b'scope="rowgroup">23 Nov 2026</th>' in page.content
    assert b'datetime="2026-11-23T09:30:00+00:00">13:30:00</time>' in page.content
    same = client.get(address, {"event": COUNTED.name, "after": "2026-11-23T09:30:00Z"})
    assert same.context["page"].entries == page.context["page"].entries
    # The field shows the same moment as the reader would write it.
    assert b'value="2026-11-23T13:30:00"' in same.content
    assert client.get(address, {"event": COUNTED.name, "after": "2026-11-23T13:30:01"}).context["page"].entries == []


def test_members_of_staff_are_called_by_their_names(auditor, make_staff, office, now, monkeypatch):
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)
    sam = make_staff("sam", Role.SUPPORT)
    with db.use_role("worker"), db.atomic():
        append(COUNTED, actor=Actor("staff", sam.reference), subject=None, now=now, payload={"number": 1, "case": None})
    page = auditor.get(reverse("admin:audit_entry_changelist"), {"event": COUNTED.name})
    assert b'a member of staff <bdi class="mono">sam</bdi>' in page.content


def test_a_page_costs_the_same_queries_however_many_entries_there_are(auditor, entries, now):
    address = reverse("admin:audit_entry_changelist")

    def count(**asked):
        with CaptureQueriesContext(connections["staff"]) as captured:
            assert auditor.get(address, asked).status_code == 200
        return [query["sql"] for query in captured.captured_queries]

    count()  # once, so that the menu's counts are known
    first = count(event=COUNTED.name)
    assert len(first) == QUERIES, chr(10).join(first)
    assert len(count(case="RR-2026-000002")) == QUERIES
    assert not any("count(*)" in sql.lower() and "limit" not in sql.lower() for sql in first)
    with db.use_role("worker"), db.atomic():
        for n in range(300):
            append(
                COUNTED,
                actor=machine("t"),
                subject="b" * 32,
                now=now + timedelta(seconds=n),
                payload={"number": n, "case": "RR-2026-000001"},
            )
    assert len(count(event=COUNTED.name)) == QUERIES
    assert len(count(event=COUNTED.name, end="oldest")) == QUERIES
    assert len(count(event=COUNTED.name, kind="machine")) == QUERIES
    # Where a second condition has no index, one more for each look that found less than a page, or all it counts.
    assert len(count()) == QUERIES + 1
    assert len(count(event=COUNTED.name, kind="staff")) == QUERIES + 2


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("case", "x"),
        ("subject", "zz"),
        ("actor", "root"),
        ("event", "no.such.event"),
        ("outcome", "?"),
        ("kind", "robot"),
        ("routine", "no"),
        ("after", "yesterday"),
        ("before", "2026-13-01T00:00"),
        ("before", "9999-12-31T23:59:59"),
        ("after", "0001-01-01T00:00:00+14:00"),
        ("older", "1"),
        ("end", "middle"),
    ],
)
def test_a_malformed_filter_is_named(auditor, entries, name, value):
    page = auditor.get(reverse("admin:audit_entry_changelist"), {name: value})
    assert page.status_code == 422
    assert name in page.context["form"].errors


def test_filters_that_contradict_each_other_are_named(auditor, entries):
    address = reverse("admin:audit_entry_changelist")
    page = auditor.get(address, {"after": "2026-11-23T10:00", "before": "2026-11-23T10:00"})
    assert page.status_code == 422
    assert page.context["form"].errors["before"] == ["This must be later than the beginning."]
    page = auditor.get(address, {"older": str(uuid.uuid4()), "end": "oldest"})
    assert page.status_code == 422


def test_one_entry_shows_its_bytes_and_its_inclusion_path(auditor, entries):
    page = auditor.get(reverse("admin:audit_entry_detail", args=[entries[0]]))
    assert page.status_code == 200
    assert page.context["path"].index < PAGE_SIZE + 10
    assert page.context["digests"] == 1
    assert b"Secret Name" not in page.content
    assert auditor.get(reverse("admin:audit_entry_detail", args=[uuid.uuid4()])).status_code == 404


def test_other_roles_do_not_read_the_log(client, make_staff, entries):
    sign_in(client, make_staff("sam", Role.SUPPORT), mfa=True)
    assert client.get(reverse("admin:audit_entry_changelist")).status_code == 403
    assert client.get(reverse("admin:audit_entry_detail", args=[entries[0]])).status_code == 403
