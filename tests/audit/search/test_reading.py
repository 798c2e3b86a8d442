"""Finding entries: each filter alone and together, pages both ways, scan limits, counts, and the indexes used."""

import sys
from datetime import UTC, datetime, timedelta
from itertools import combinations
from uuid import UUID

import pytest
from django.db import connections
from django.utils import timezone, translation
from hypothesis import given, strategies as st

from audit.log import event_types, uuid7
from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.search import queries, selectors
from audit.search.entries import visible
from audit.search.queries import Search
from audit.search.selectors import count_facets, find, list_case, list_subject
from core import db

ONE = EventType("audit.test.counted", "counted {number}", {"number": int, "case": str, "said": str})
TWO = EventType("audit.test.noted", "noted {number}", {"number": int, "case": str, "said": str})
SUBJECTS = ["a" * 32, "b" * 32]
STAFF = Actor("staff", "c" * 32)


def write(number, at, event=ONE, **fields):
    given = {"actor": machine("t"), "subject": SUBJECTS[0], "outcome": "ok", "case": None, "said": None, **fields}
    payload = {"number": number, "case": given.pop("case"), "said": given.pop("said")}
    return append(event, now=at, payload=payload, **given)


@pytest.fixture
def log(office, now, monkeypatch):
    """120 entries a second apart, of every mixture."""
    for event in (ONE, TWO):
        monkeypatch.setitem(event_types._events, event.name, event)
    with db.use_role("worker"), db.atomic():
        made = [
            write(
                n,
                now + timedelta(seconds=n),
                (ONE, TWO)[n % 2],
                actor=STAFF if n % 3 == 0 else machine("t"),
                subject=SUBJECTS[n % 5 == 0],
                outcome="refused" if n % 7 == 0 else "ok",
                case="RR-2026-000001" if n % 4 == 0 else None,
            )
            for n in range(120)
        ]
    with db.use_role("staff"):
        yield made


def numbers(page):
    return [line.payload["number"] for line in page.entries]


FITS = {
    "case": ("RR-2026-000001", lambda n: n % 4 == 0),
    "subject": (SUBJECTS[1], lambda n: n % 5 == 0),
    "actor": (str(STAFF), lambda n: n % 3 == 0),
    "event": (TWO.name, lambda n: n % 2 == 1),
    "outcome": ("refused", lambda n: n % 7 == 0),
    "kind": ("machine", lambda n: n % 3 != 0),
    "after": (datetime(2026, 11, 23, 9, 30, 20, tzinfo=UTC), lambda n: n >= 20),
    "before": (datetime(2026, 11, 23, 9, 31, tzinfo=UTC), lambda n: n < 60),
}


def test_every_filter_finds_exactly_what_fits_alone_and_in_any_combination(log):
    wanted = [names for count in range(len(FITS) + 1) for names in combinations(FITS, count)]
    for names in wanted:
        page = find(Search(**{name: FITS[name][0] for name in names}), size=200)
        assert numbers(page) == [n for n in reversed(range(120)) if all(FITS[name][1](n) for name in names)], names
        assert (page.newer, page.older, page.reached) == (None, None, None)


def test_what_went_well_is_found_without_an_index_of_its_own(log):
    assert numbers(find(Search(outcome="ok"), size=200)) == [n for n in reversed(range(120)) if n % 7]


@pytest.mark.parametrize("wanted", [Search(), Search(actor=str(STAFF)), Search(actor=str(STAFF), event=TWO.name)])
def test_pages_lead_down_to_the_oldest_and_up_again(log, wanted):
    everything = numbers(find(wanted, size=200))
    down, page = [], find(wanted, size=7)
    assert page.newer is None
    while True:
        down.append(numbers(page))
        if page.older is None:
            break
        page = find(wanted, older=page.older, size=7)
    assert [n for found in down for n in found] == everything
    up = [numbers(page)]
    while page.newer is not None:
        page = find(wanted, newer=page.newer, size=7)
        up.append(numbers(page))
    # The last step up shows the newest page whole, so that it may overlap what is below it.
    assert up[-1] == down[0]
    assert list(dict.fromkeys(n for found in reversed(up) for n in found)) == everything


def test_the_oldest_page_is_reached_at_once(log):
    page = find(Search(), oldest=True, size=10)
    assert numbers(page) == list(reversed(range(10)))
    assert page.older is None
    assert numbers(find(Search(), newer=page.newer, size=10)) == list(reversed(range(10, 20)))


def test_an_empty_page_leads_back_to_where_one_came_from(log):
    below = find(Search(), older=log[0], size=10)
    assert (below.entries, below.older) == ([], None)
    assert numbers(find(Search(), newer=below.newer, size=10)) == list(reversed(range(10)))


def test_a_rare_combination_is_searched_within_the_scan_limit_and_goes_on_from_there(log, monkeypatch):
    monkeypatch.setattr(queries, "SCAN_LIMIT", 16)
    wanted = Search(event=ONE.name, kind="staff", before=FITS["before"][0])
    found, page, pages = [], find(wanted, size=50), 1
    while True:
        found += numbers(page)
        assert (page.reached is None) == (page.older is None)
        if page.older is None:
            break
        assert page.reached == uuid7.instant(page.older)
        page, pages = find(wanted, older=page.older, size=50), pages + 1
    assert found == [n for n in reversed(range(60)) if n % 6 == 0]
    assert pages == 2


def test_facets_count_what_fits_and_say_whether_that_was_all(log, monkeypatch):
    facets = count_facets(Search(subject=SUBJECTS[1]))
    assert (facets.total, facets.more) == (24, False)
    assert facets.events == {ONE.name: 12, TWO.name: 12}
    assert facets.kinds == {"machine": 16, "staff": 8}
    assert facets.outcomes == {"ok": 20, "refused": 4}
    assert list(facets.outcomes) == ["ok", "refused"]
    monkeypatch.setattr(selectors, "COUNTED", 50)
    facets = count_facets(Search())
    assert (facets.total, facets.more) == (50, True)
    assert count_facets(Search(event="audit.heartbeat.written")).total == 0


def test_facets_of_a_rare_combination_stay_within_the_scan_limit(log, monkeypatch):
    monkeypatch.setattr(queries, "SCAN_LIMIT", 16)
    facets = count_facets(Search(event=ONE.name, kind="staff"))
    assert (facets.total, facets.more) == (5, True)


def test_an_entry_that_commits_late_stands_where_its_time_is(log, now):
    with db.use_role("worker"), db.atomic():
        late = write(1000, now + timedelta(seconds=30, milliseconds=1))
    page = find(Search(after=now + timedelta(seconds=29), before=now + timedelta(seconds=32)))
    assert numbers(page) == [31, 1000, 30, 29]
    assert page.entries[1].id == late


def test_timelines_are_pages_of_a_case_and_of_a_subject(log):
    case = list_case("RR-2026-000001", size=10)
    assert numbers(case) == [116, 112, 108, 104, 100, 96, 92, 88, 84, 80]
    assert numbers(list_case("RR-2026-000001", size=10, older=case.older))[0] == 76
    assert numbers(list_case("RR-2026-000001", without=[ONE.name])) == []
    assert numbers(list_subject(SUBJECTS[1], event=TWO.name, size=3)) == [115, 105, 95]


def test_the_users_role_sees_the_same_timeline(log):
    with db.use_role("default"), db.row_security_for(SUBJECTS[1]):
        assert len(list_subject(SUBJECTS[1]).entries) == 24
        assert list_subject(SUBJECTS[0]).entries == []


@pytest.mark.parametrize(
    ("wanted", "index"),
    [
        (Search(), "pkey"),
        (Search(outcome="ok"), "pkey"),
        (Search(without=("audit.heartbeat.written", TWO.name)), "pkey"),
        (Search(case="RR-2026-000001"), "case_ref_id_idx"),
        (Search(subject=SUBJECTS[0]), "subject_id_idx"),
        (Search(actor="machine:t"), "actor_id_idx"),
        (Search(event=ONE.name), "event_id_idx"),
        (Search(outcome="refused"), "outcome_id_idx"),
        (Search(actor=str(STAFF), event=TWO.name, kind="staff"), "actor_id_idx"),
    ],
)
def test_every_page_uses_its_own_index_and_no_other(log, now, wanted, index):
    with db.use_role("worker"), db.atomic():
        for n in range(2000):
            write(n, now + timedelta(minutes=5, milliseconds=n))
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE audit_entry")
    query = queries.page(wanted, 50)
    with connections["staff"].cursor() as cursor:
        cursor.execute("EXPLAIN (ANALYZE, TIMING OFF) " + query.sql, query.parameters)
        plan = [line for (line,) in cursor.fetchall()]
    scans = [line for line in plan if " Scan" in line and "Subquery" not in line and "202611" in line]
    assert len(scans) == 1, plan
    assert f"audit_entry_202611_{index}" in scans[0], plan
    read = int(scans[0].split("actual rows=")[1].split(".")[0].split()[0])
    assert read <= (51 if not queries.has_residual(wanted) else queries.SCAN_LIMIT)


def test_a_range_of_time_excludes_the_other_partitions(log, now):
    query = queries.page(Search(after=now, before=now + timedelta(days=1)), 50)
    with connections["staff"].cursor() as cursor:
        cursor.execute("EXPLAIN " + query.sql, query.parameters)
        plan = "\n".join(line for (line,) in cursor.fetchall())
    assert "audit_entry_202611" in plan
    assert "audit_entry_202612" not in plan
    assert "audit_entry_rest" not in plan


INSTANTS = st.datetimes(min_value=datetime(1970, 1, 1), max_value=datetime(9999, 1, 1), timezones=st.just(UTC))  # noqa: DTZ001  hypothesis adds the zone


@given(INSTANTS, INSTANTS)
def test_ids_part_where_times_do_to_the_microsecond(one, other):
    assert (uuid7.uuid7(one) >= uuid7.first_from(other)) == (one >= other)
    assert uuid7.uuid7(one) < uuid7.first_from(one + timedelta(microseconds=1))


def test_an_instant_before_1970_is_refused_as_it_what_has_no_id():
    with pytest.raises(ValueError, match="before 1970"):
        uuid7.first_from(datetime(1969, 12, 31, tzinfo=UTC))
    assert uuid7.first_from(datetime(1970, 1, 1, tzinfo=UTC)) < UUID("00000000-0000-7000-8000-000000000000")


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("a\x00b", "a\\u0000b"),
        ("\u202egnp.exe", "\\u202egnp.exe"),
        ("tab\there", "tab\\u0009here"),
        ("\u200bnothing\ufeff", "\\u200bnothing\\ufeff"),
        ("مرحبا ok", "مرحبا ok"),
    ],
)
def test_what_would_hide_or_turn_text_is_shown(given, shown):
    assert visible(given) == shown


def test_odd_values_stay_isolated_in_a_sentence(office, now, monkeypatch):
    event = EventType("audit.test.odd", "said {said}", {"said": str, "case": str, "number": int})
    monkeypatch.setitem(event_types._events, event.name, event)
    # An entry of before payloads were closed to such text.
    monkeypatch.setattr(sys.modules["audit.log.append"], "broken_rule", lambda *_: "")
    with db.use_role("worker"), db.atomic():
        write(1, now, event, said="\u2069\u202e{actor}\x00")
    with db.use_role("staff"):
        assert find(Search()).entries[0].sentence == "Said \\u2069\\u202e{actor}\\u0000"
        with translation.override("ar"), timezone.override("Asia/Dubai"):
            assert find(Search()).entries[0].sentence.endswith("\u2068\\u2069\\u202e{actor}\\u0000\u2069")
