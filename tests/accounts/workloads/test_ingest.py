"""Ingest: good lines are stored, broken ones set aside with field and rule, nothing twice."""

import io
import json
import sys
import uuid

import orjson
import pytest
from django.db import DatabaseError, connections

from accounts.personaldata import stream_reader
from accounts.personaldata.categories import data_categories
from accounts.workloads.errors import StreamCutError, UnknownStreamError
from accounts.workloads.models import Ingest, SetAsideLine, WorkloadsDailyTotal
from accounts.workloads.services import ingest_stream
from audit.log.actors import machine
from audit.log.models import Entry
from core import db
from tests.authorisations import step_entry
from tests.stream_lines import FIELDS, body, file, line
from vault.services import destroy_key, forget_cached_keys


@pytest.fixture
def take(office, now):
    def take(source, **options):
        with db.use_role("ingest"):
            return ingest_stream(source, actor=machine("platform"), source="file", clock=lambda: now, **options)

    return take


def events(name):
    with db.use_role("auditor"):
        return [
            json.loads(bytes(leaf))["payload"]
            for leaf in Entry.objects.filter(event=name).order_by("id").values_list("leaf", flat=True)
        ]


def exported(name, user, now):
    entry = step_entry(user.reference, now)
    with db.use_role("worker"):
        found = next(found for found in data_categories() if found.name == name)
        return list(found.export(user.reference, entry))


@pytest.mark.parametrize("stream", FIELDS)
def test_a_line_of_each_stream_is_kept_and_comes_out_again(take, user, now, stream):
    given = line(stream, user.id)
    report = take(file(given))
    assert (report.lines, report.kept, report.known, report.set_aside) == (1, 1, 0, 0)
    (record,) = exported(stream, user, now)
    assert record["id"] == given["id"]
    assert record["occurred_at"] == "2026-11-20T10:00:00.000000Z"
    for field in set(FIELDS[stream]) - {"on", "quantity", "scopes"}:
        assert record[field] == given[field]
    if stream == "usage":
        assert record["quantity"] == "1.5"
    if stream == "automations":
        assert record["is_on"] is True
        assert record["scopes"] == ["gmail.readonly", "spreadsheets"]


def test_the_same_file_again_adds_nothing(take, user, now):
    lines = [line(stream, user.id) for stream in FIELDS] + [b"{", line("logs", user.id, level="loud")]
    first, again = take(file(*lines)), take(file(*lines))
    assert (first.kept, first.known, first.set_aside) == (len(FIELDS), 0, 2)
    assert (again.kept, again.known, again.set_aside) == (0, len(FIELDS), 2)
    assert first.digest == again.digest
    with db.use_role("staff"):
        assert SetAsideLine.objects.count() == 2
        assert Ingest.objects.count() == 2
    with db.use_role("worker"):
        assert WorkloadsDailyTotal.objects.get(stream="usage").quantity == 1.5
    assert [len(exported(stream, user, now)) for stream in FIELDS] == [1] * len(FIELDS)


def test_an_ingest_is_an_event_with_counts_and_digest(take, user):
    report = take(file(line("logs", user.id), b"nonsense"))
    (payload,) = events("workloads.stream.ingested")
    assert payload == {
        "ingest": str(report.ingest),
        "lines": 2,
        "kept": 1,
        "known": 0,
        "set_aside": 1,
        "batches": 1,
        "digest": report.digest,
    }
    assert events("workloads.batch.ingested") == []


def test_each_batch_commits_with_its_own_entry(take, user, monkeypatch):
    monkeypatch.setattr(stream_reader, "BATCH_LINES", 2)
    told = []
    take(file(*[line("logs", user.id) for _ in range(5)]), on_batch=lambda report, _aside: told.append(report.kept))
    assert [payload["kept"] for payload in events("workloads.batch.ingested")] == [2, 2]
    assert [payload["kept"] for payload in events("workloads.stream.ingested")] == [5]
    assert told == [2, 4, 5]


BROKEN = [
    (b"{", "", "is not JSON in UTF-8"),
    (b'"text"', "", "must be a JSON object"),
    (b"\xff\xfe", "", "is not JSON in UTF-8"),
    (b"\0", "", "is not JSON in UTF-8"),
    (b"[" * 5000, "", "is not JSON in UTF-8"),
    (b'{"text": "\\ud800"}', "", "is not JSON in UTF-8"),
    (b'{"n": ' + b"9" * 5000 + b"}", "", "is not JSON in UTF-8"),
    (
        {"stream": "weather"},
        "stream",
        f"must be one of {', '.join(sorted(FIELDS))}",
    ),
    ({"stream": 7}, "stream", f"must be one of {', '.join(sorted(FIELDS))}"),
    ({"id": "1"}, "id", "must be a UUID"),
    ({"id": None}, "id", "must be a UUID"),
    ({"account": "layla@example.org"}, "account", "must be a UUID"),
    ({"account": str(uuid.UUID(int=5))}, "account", "is no account of the office"),
    ({"time": "2026-11-20"}, "time", "must be a time as RFC 3339 writes it, with its offset from UTC"),
    ({"time": "2026-11-20T10:00:00"}, "time", "must be a time as RFC 3339 writes it, with its offset from UTC"),
    ({"time": "2026-02-30T10:00:00Z"}, "time", "is not a time that exists"),
    ({"time": "0001-01-01T00:00:00+23:59"}, "time", "must lie between the year 2020 and a day from now"),
    ({"time": "1999-01-01T00:00:00Z"}, "time", "must lie between the year 2020 and a day from now"),
    ({"time": "2026-11-25T00:00:00Z"}, "time", "must lie between the year 2020 and a day from now"),
    ({"colour": "blue"}, "", "has a field that a line of logs does not have"),
    ({"level": "loud"}, "level", "must be one of debug, info, warning, error, critical"),
    ({"text": "a\0b"}, "text", "must not hold a NUL character"),
    ({"text": "x" * 32_769}, "text", "must be a text of 0 to 32768 characters"),
    ({"text": ["x"]}, "text", "must be a text of 0 to 32768 characters"),
    ({"app": None}, "app", "must be a UUID"),
]


@pytest.mark.parametrize(("change", "field", "rule"), BROKEN)
def test_a_broken_line_is_set_aside_and_the_others_are_kept(take, user, change, field, rule):
    broken = change if isinstance(change, bytes) else line("logs", user.id, **change)
    report = take(file(line("logs", user.id), broken, line("logs", user.id)))
    assert (report.kept, report.set_aside) == (2, 1)
    assert [(found.number, found.field, found.rule) for found in report.first] == [(2, field, rule)]


@pytest.mark.parametrize(
    ("stream", "change", "field"),
    [
        ("usage", {"quantity": -1}, "quantity"),
        ("usage", {"quantity": 1e300}, "quantity"),
        ("usage", {"quantity": True}, "quantity"),
        ("usage", {"quantity": "12"}, "quantity"),
        ("usage", {"resource": "with space"}, "resource"),
        ("usage", {"unit": "h\\N\t"}, "unit"),
        ("metrics", {"value": None}, "value"),
        ("commands", {"exit_code": 1000}, "exit_code"),
        ("commands", {"command": ""}, "command"),
        ("apps", {"region": "x" * 65}, "region"),
        ("automations", {"on": "yes"}, "on"),
        ("automations", {"scopes": ["https://www.googleapis.com/auth/gmail"]}, "scopes"),
        ("automations", {"actions": "read"}, "actions"),
        ("runs", {"outcome": "fine"}, "outcome"),
        *(
            ("weblog", {"address": address}, "address")
            for address in ("999.1.1.1", "localhost", "", None, 7, "::1%eth0", " ::1", "10.0.0.0/8")
        ),
        *(
            ("weblog", {"path": path}, "path")
            for path in (
                "/a?token=7",
                "/a#b",
                "apps",
                "",
                None,
                "https://x.example/",
                "/a\nb",
                "/\u202e",
                "/" + "x" * 2048,
            )
        ),
        *(("weblog", {"browser": browser}, "browser") for browser in ("x" * 513, "a\x1b[31m", "a\0", None, 7)),
        *(("weblog", {"status": status}, "status") for status in (99, 600, True, "200")),
        ("weblog", {"method": "FETCH"}, "method"),
    ],
)
def test_each_field_has_its_rule(take, user, stream, change, field):
    report = take(file(line(stream, user.id, **change)))
    assert [found.field for found in report.first] == [field]
    assert report.kept == 0


def test_a_visit_is_kept_with_its_address_in_normal_form(take, user, now):
    script, longest = "<script>alert(1)</script>", "/" + "x" * 2047
    given = {"2001:DB8:0:0::7": "2001:db8::7", "::ffff:203.0.113.7": "203.0.113.7", "203.0.113.7": "203.0.113.7"}
    bare = {"browser": script, "path": longest, "status": None, "method": None}
    assert take(file(*[line("weblog", user.id, address=address, **bare) for address in given])).kept == len(given)
    found = exported("weblog", user, now)
    assert sorted(record["address"] for record in found) == sorted(given.values())
    assert {name: found[0][name] for name in bare} == bare
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT sealed FROM workloads_webvisit")
        assert not any(text in bytes(row) for (row,) in cursor for text in (b"203.0", b"script", b"xxxx"))


@pytest.mark.parametrize(
    "raw", [b'{"level":"info","level":"error",%b', b'{"level" : "info",%b', b'{"level"\t:"info",%b']
)
def test_a_field_named_twice_is_refused(take, user, raw):
    rest = orjson.dumps(line("logs", user.id))[1:]
    report = take(file(raw % rest))
    assert [found.rule for found in report.first] == ["names a field twice"]


def test_a_text_that_looks_like_fields_is_a_text(take, user):
    assert take(file(line("logs", user.id, text='{"a":1,"a":2} "x" : 3 \\'))).kept == 1


def test_what_was_set_aside_is_never_kept_in_clear(take, user):
    take(file(b'{"text":"canary-broken-text'))
    with db.use_role("staff"):
        row = SetAsideLine.objects.get()
    assert b"canary" not in bytes(row.digest)
    assert "canary" not in repr(row.__dict__)


def test_lines_of_absurd_length_are_skipped_in_pieces(take, user):
    absurd = io.BytesIO(b"x" * 3_000_000 + b"\n" + body(line("logs", user.id)) + b"y" * 200_000)
    report = take(absurd)
    assert report.kept == 1
    assert [(found.number, found.rule) for found in report.first] == [
        (1, "is longer than 65536 bytes"),
        (3, "is longer than 65536 bytes"),
    ]


def test_blank_lines_a_byte_order_mark_and_a_missing_last_newline_do_no_harm(take, user):
    text = b"\xef\xbb\xbf" + body(line("logs", user.id)) + b"\n  \r\n" + body(line("logs", user.id))[:-1]
    report = take(io.BytesIO(text))
    assert (report.lines, report.kept) == (2, 2)


def test_an_empty_file_is_an_ingest_of_nothing(take):
    report = take(io.BytesIO(b""))
    assert (report.lines, report.batches) == (0, 1)


def test_a_stream_may_be_demanded(take, user):
    report = take(file(line("logs", user.id), line("usage", user.id)), only="logs")
    assert (report.kept, report.first[0].rule) == (1, "must be logs here")
    with pytest.raises(UnknownStreamError):
        take(file(), only="weather")


def test_the_newest_state_of_a_thing_counts_whatever_the_order(take, user, now):
    old = line("automations", user.id, on=True)
    new = {**old, "on": False, "time": "2026-11-21T10:00:00Z", "name": "Renamed"}
    assert take(file(new, old)).kept == 1
    assert take(file(old)).kept == 0
    assert take(file(new)).kept == 0
    (record,) = exported("automations", user, now)
    assert (record["is_on"], record["name"]) == (False, "Renamed")
    newer = {**new, "on": True, "time": "2026-11-22T10:00:00Z"}
    assert take(file(newer)).kept == 1
    with db.use_role("worker"):
        assert next(found for found in data_categories() if found.name == "automations").count(user.reference) == 1


def test_a_record_of_somebody_else_is_a_conflict_and_never_taken_over(take, user, make_user, now):
    omar = make_user("omar")
    given = [line(stream, user.id) for stream in FIELDS]
    theirs = [{**found, "account": str(omar.id), "time": "2026-11-22T10:00:00Z"} for found in given]
    assert take(file(*given)).kept == len(FIELDS)
    report = take(file(b"{", *theirs, *given))
    assert (report.kept, report.known, report.set_aside) == (0, len(FIELDS), len(FIELDS) + 1)
    assert [found.number for found in report.first] == list(range(1, len(FIELDS) + 2))
    assert {(found.field, found.rule) for found in report.first[1:]} == {
        ("id", "belongs to a record of another account")
    }
    for stream in FIELDS:
        assert [record["occurred_at"] for record in exported(stream, user, now)] == ["2026-11-20T10:00:00.000000Z"]
        assert exported(stream, omar, now) == []


@pytest.mark.parametrize("stream", ["usage", "automations"])
def test_of_two_owners_in_one_batch_the_first_has_the_record(take, user, make_user, now, stream):
    given = line(stream, user.id)
    theirs = {**given, "account": str(make_user("omar").id), "time": "2026-11-22T10:00:00Z"}
    report = take(file(given, theirs, {**theirs, "time": "2026-11-22T11:00:00Z"}, given))
    assert (report.kept, report.known, report.set_aside) == (1, 1, 2)
    assert [(found.number, found.field) for found in report.first] == [(2, "id"), (3, "id")]
    assert [record["occurred_at"] for record in exported(stream, user, now)] == ["2026-11-20T10:00:00.000000Z"]


def test_every_instant_that_rfc_3339_can_write_is_kept_in_utc(take, user, now):
    written = {
        "2026-11-20T10:00:00+16:00": "2026-11-19T18:00:00.000000Z",
        "2026-11-20T10:00:00-23:59": "2026-11-21T09:59:00.000000Z",
        "2026-11-20T10:00:00+15:59": "2026-11-19T18:01:00.000000Z",
        "2026-11-20t10:00:01z": "2026-11-20T10:00:01.000000Z",
        "2026-11-20t10:00:00.5+01:00": "2026-11-20T09:00:00.500000Z",
    }
    lines = [line(stream, user.id, time=text) for text in written for stream in ("logs", "apps")]
    assert take(file(*lines)).kept == len(lines)
    for stream in ("logs", "apps"):
        found = sorted(record["occurred_at"] for record in exported(stream, user, now))
        assert found == sorted(written.values())


def test_a_quantity_is_exact_or_set_aside(take, user, now):
    written = {
        "4e-9": "0.000000004",
        "1.50": "1.5",
        "1.5e3": "1500",
        "999999999999999.123456789": "999999999999999.123456789",
        "0.1000000000000": "0.1",
        "7": "7",
        "4e-10": None,
        "0.10000000000000000001": None,
        "1.0000000001": None,
        "999999999999999.1234567891": None,
        "1e-999999999999999999999": None,
    }
    lines = [
        orjson.dumps(line("usage", user.id, quantity="HERE")).replace(b'"HERE"', text.encode()) for text in written
    ]
    report = take(file(*lines))
    assert [found.number for found in report.first] == [7, 8, 9, 10, 11]
    kept = sorted(record["quantity"] for record in exported("usage", user, now))
    assert kept == sorted(text for text in written.values() if text)


def test_an_erased_person_gets_no_new_record(take, user, now):
    destroy_key(user.reference, now=now)
    forget_cached_keys()
    report = take(file(line("logs", user.id), line("commands", user.id)))
    assert (report.kept, report.set_aside) == (0, 2)
    assert report.first[0].rule == "is no account of the office"


def test_a_body_that_ends_early_says_so_and_repeats_nothing(take, user, monkeypatch):
    monkeypatch.setattr(stream_reader, "BATCH_LINES", 2)
    text = body(*[line("logs", user.id) for _ in range(5)])
    with pytest.raises(StreamCutError):
        take(io.BytesIO(text[:-10]), size=len(text))
    with db.use_role("staff"):
        ingest = Ingest.objects.get()
        assert (ingest.ended_at, ingest.kept) == (None, 4)
    assert take(io.BytesIO(text), size=len(text)).kept == 1


def test_a_batch_and_its_entry_commit_together_or_not_at_all(take, user, now, monkeypatch):
    def fail(*_args, **_kwargs):
        raise DatabaseError("the log is away")

    monkeypatch.setattr(sys.modules["accounts.workloads.services.ingest_stream"], "append", fail)
    with pytest.raises(DatabaseError):
        take(file(line("logs", user.id)))
    assert exported("logs", user, now) == []


def test_queries_do_not_grow_with_the_lines(take, user, make_user):
    from django.test.utils import CaptureQueriesContext

    people = [user, make_user("omar"), make_user("mei")]
    counts = []
    take(file(*[line("logs", person.id) for person in people]))
    for size in (2, 60):
        lines = [line("logs", people[number % 3].id) for number in range(size)]
        with CaptureQueriesContext(connections["ingest"]) as found:
            take(file(*lines))
        counts.append(len(found))
    assert counts[0] == counts[1]
