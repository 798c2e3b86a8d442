"""The pull API: by leaf index, nothing twice and nothing missed, nothing that no checkpoint covers."""

import base64
import json
import threading
from datetime import timedelta

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.identity.roles import Role
from audit.api import reader_access
from audit.errors import TamperedError
from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.search.filters import Filter
from audit.sequencer.sequence import sequence
from audit.tokens.models import ReaderToken
from audit.tokens.services import make_reader_token, revoke_reader_token
from audit.tree import feed
from audit.tree.models import Leaf
from core import db
from tests.signin import sign_in

COUNTED = EventType("audit.test.counted", "counted {number}", {"number": int, "case": str}, {"name": "subject"})
URL = "/api/v1/audit/entries"


@pytest.fixture(autouse=True)
def log(office, monkeypatch, settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path)
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)
    cache.clear()


def write(*numbers, signed=True):
    now = timezone.now()
    with db.use_role("worker"), db.atomic():
        for number in numbers:
            append(
                COUNTED,
                actor=machine("t"),
                subject="a" * 32,
                now=now,
                payload={"number": number, "case": "RR-2026-000001" if number % 2 else None},
                personal={"name": "Secret Name"},
            )
    if signed:
        with db.use_role("sequencer"):
            sequence(now)


@pytest.fixture
def token(office):
    with db.use_role("staff"):
        return make_reader_token("siem", scopes=["entries"], days=9, actor=machine("console"), now=timezone.now())[1]


@pytest.fixture
def get(client, token):
    def do(asked=None, *, auth=None, **headers):
        headers["Authorization"] = f"Bearer {token}" if auth is None else auth
        return client.get(URL, asked or {}, headers=headers)

    return do


def problem(answer, status):
    assert answer.status_code == status, answer.content
    assert answer["Content-Type"] == "application/problem+json"
    return answer.json()


def numbers(answer):
    return [
        row["entry"]["payload"]["number"] for row in answer.json()["entries"] if "number" in row["entry"]["payload"]
    ]


def test_pages_follow_each_other_by_leaf_index(get):
    write(*range(10))
    found, after = [], -1
    for _ in range(9):
        page = get({"after": after, "limit": 3}).json()
        found += page["entries"]
        after = page["next"]
    assert [row["index"] for row in found] == list(range(len(found)))
    assert len(found) == 11  # with the entry about the token
    assert not page["more"]
    assert page["next"] == 10
    write(10)
    assert numbers(get({"after": after})) == [10]


def test_an_entry_comes_as_its_exact_bytes_as_an_object_and_with_its_proof(get, client, token):
    write(1)
    row = get().json()["entries"][-1]
    leaf = base64.b64decode(row["leaf"], validate=True)
    proof = client.get(row["proof"], headers={"Authorization": f"Bearer {token}"})
    assert proof.content.startswith(b"c2sp.org/tlog-proof@v1")
    assert json.loads(leaf) == row["entry"]
    with db.use_role("auditor"):
        from audit.merkle.hashing import leaf_hash

        assert bytes(Leaf.objects.get(index=row["index"]).hash) == leaf_hash(leaf)


def test_nothing_is_decrypted(get):
    write(1)
    assert b"Secret Name" not in get().content
    assert b"Secret Name" not in get(Accept="application/x-ndjson").content


def test_what_no_checkpoint_covers_is_not_handed_out(get):
    write(1)
    write(2, signed=False)
    assert numbers(get()) == [1]


def test_an_empty_log_has_a_page_and_a_cursor(get):
    page = get().json()
    assert page == {"checkpoint": None, "entries": [], "next": -1, "more": False}
    assert get({"after": 5}).json()["next"] == 5


def test_a_late_commit_lies_ahead_of_a_cursor_that_has_passed_its_time(get):
    """The later transaction commits first and is pulled; the earlier, with the lower id, still comes after."""
    begun, go = threading.Event(), threading.Event()

    def late():
        from django.db import connections

        with db.use_role("worker"):
            with db.atomic():
                append(
                    COUNTED, actor=machine("t"), subject=None, now=timezone.now(), payload={"number": 1, "case": None}
                )
                begun.set()
                go.wait(20)
            connections["worker"].close()

    thread = threading.Thread(target=late)
    thread.start()
    begun.wait(20)
    write(2)
    first = get()
    assert numbers(first) == [2]
    go.set()
    thread.join()
    with db.use_role("sequencer"):
        sequence(timezone.now())
    assert numbers(get({"after": first.json()["next"]})) == [1]


def test_siems_get_ocsf_lines_and_the_cursor_in_a_header(get):
    write(1, 2)
    answer = get({"limit": 2}, Accept="application/x-ndjson")
    assert answer["Content-Type"] == "application/x-ndjson"
    events = [json.loads(line) for line in answer.content.splitlines()]
    assert [event["metadata"]["sequence"] for event in events] == [0, 1]
    assert all(event["class_uid"] == 6003 for event in events)
    assert answer["Link"] == '<http://testserver/api/v1/audit/entries?limit=2&after=1>; rel="next"'


def test_a_page_that_has_not_changed_is_304(get):
    write(1)
    first = get()
    again = get(**{"If-None-Match": first["ETag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert first["Cache-Control"] == "no-store, private"
    write(2)
    assert get(**{"If-None-Match": first["ETag"]}).status_code == 200


@pytest.mark.parametrize(
    ("asked", "field", "rule"),
    [
        ({"after": "x"}, "after", "whole number"),
        ({"after": "-2"}, "after", "-1 to"),
        ({"after": "1e3"}, "after", "whole number"),
        ({"after": "٣"}, "after", "whole number"),
        ({"after": "9" * 5000}, "after", "whole number"),
        ({"limit": "0"}, "limit", "1 to 2000"),
        ({"limit": "2001"}, "limit", "1 to 2000"),
        ({"limit": ""}, "limit", "whole number"),
        ({"limit": ["1", "2"]}, "limit", "more than once"),
        ({"affter": "1"}, "affter", "no such parameter"),
        ({"case": "x"}, "case", "looks like"),
        ({"event": "no.such.event"}, "event", "no such event"),
        ({"time_after": "today"}, "time_after", "written 2026"),
        ({"time_after": "2026-11-23", "time_before": "2026-11-22"}, "time_before", "later"),
        ({"format": "xml"}, "format", "no such parameter"),
    ],
)
@pytest.mark.parametrize("accept", ["application/json", "application/x-ndjson"])
def test_a_parameter_that_cannot_be_read_is_named(get, asked, field, rule, accept):
    found = problem(get(asked, Accept=accept), 400)
    assert [error["field"] for error in found["errors"]] == [field]
    assert rule in found["errors"][0]["detail"]


def test_another_media_type_is_406(get):
    assert get(Accept="text/csv").status_code == 406


@pytest.mark.parametrize(
    ("auth", "sentence"),
    [
        ("", "Send a reader token"),
        ("Basic abc", "Send a reader token"),
        ("Bearer", "Send a reader token"),
        ("Bearer omega_log_wrong", "not known"),
        ("Bearer \xe9\xff", "not known"),
    ],
)
def test_a_missing_or_wrong_token_is_401_with_a_sentence(get, auth, sentence):
    answer = get(auth=auth)
    assert sentence in problem(answer, 401)["detail"]
    assert answer["WWW-Authenticate"] == 'Bearer realm="audit"'


def test_a_token_that_expired_or_was_revoked_is_401_at_once(get, client):
    with db.use_role("staff"):
        old = make_reader_token(
            "old", scopes=["entries"], days=1, actor=machine("c"), now=timezone.now() - timedelta(days=2)
        )[1]
    assert "expired" in problem(get(auth=f"Bearer {old}"), 401)["detail"]
    assert get().status_code == 200
    with db.use_role("staff"):
        token = ReaderToken.objects.get(name="siem")
        assert token.used_at is not None
        revoke_reader_token(token.pk, actor=machine("c"), now=timezone.now())
    assert "revoked" in problem(get(), 401)["detail"]


def test_a_token_without_the_scope_is_403(get, client):
    with db.use_role("staff"):
        text = make_reader_token("x", scopes=["export"], days=1, actor=machine("c"), now=timezone.now())[1]
    assert "scope entries" in problem(get(auth=f"Bearer {text}"), 403)["detail"]


def test_a_session_beside_a_token_counts_for_nothing(client, make_staff, get):
    sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True)
    assert client.get(URL, headers={"Authorization": "Bearer omega_log_wrong"}).status_code == 401


@pytest.mark.parametrize(
    ("roles", "mfa", "status"),
    [
        ([Role.AUDITOR], True, 200),
        ([Role.PRIVACY_OFFICER], True, 200),
        ([Role.AUDITOR], False, 403),
        ([Role.SUPPORT], True, 403),
        ([Role.ADMINISTRATOR], True, 403),
    ],
)
def test_staff_who_may_read_the_log_pull_with_their_session(client, make_staff, roles, mfa, status):
    sign_in(client, make_staff("ari", *roles), mfa=mfa)
    assert client.get(URL).status_code == status


def test_users_and_visitors_do_not(client, user):
    assert problem(client.get(URL), 401)
    sign_in(client, user, fresh=True)
    assert problem(client.get(URL), 403)


def test_pulling_too_often_is_429_and_says_when_to_come_back(get, monkeypatch):
    monkeypatch.setattr(reader_access.ReaderThrottle, "rate", "2/min")
    assert [get().status_code for _ in range(3)] == [200, 200, 429]
    answer = get()
    problem(answer, 429)
    assert 0 < int(answer["Retry-After"]) <= 60


def test_a_filter_that_fits_little_moves_the_cursor_over_what_it_looked_at(office, monkeypatch):
    monkeypatch.setattr(feed, "SCAN_LIMIT", 4)
    write(*range(10))
    wanted = Filter(case="RR-2026-000001")
    found, after, more = [], -1, True
    with db.use_role("auditor"):
        while more:
            page = feed.read_page(after=after, limit=1, wanted=wanted)
            assert page.next > after
            found += [entry.index for entry in page.entries]
            after, more = page.next, page.more
    assert len(found) == 5


def test_filters_are_those_of_exports_under_the_same_rules(get):
    write(*range(4))
    assert numbers(get({"case": "RR-2026-000001", "event": COUNTED.name})) == [1, 3]
    assert numbers(get({"time_after": "2020-01-01", "time_before": "2020-01-02"})) == []
    assert numbers(get({"time_after": "2020-01-01", "actor": "machine:t"})) == [0, 1, 2, 3]


def test_an_entry_that_is_gone_is_an_error_and_no_silence(get, monkeypatch):
    write(1, 2)
    with pytest.raises(TamperedError, match="leaf 3:"):
        feed._check_gapless([feed.TreeEntry(2, None, b"")], 1, 2)
    monkeypatch.setattr(feed, "_ROWS", feed._ROWS.replace("WHERE", "WHERE l.index <> 1 AND"))
    assert "leaf 1" in problem(get(), 500)["detail"]
