"""A person's own log: the page with its filter, and the same entries as CSV, as JSON and with receipts."""

import csv
import io
import json
import re
import zipfile
from base64 import b64decode
from datetime import timedelta
from hashlib import sha256

import pytest
from django.db import connections
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from audit.exports.bundle import verify
from audit.log import event_types
from audit.log.actors import machine, parse
from audit.log.append import append
from audit.log.event_types import EventType
from audit.log.models import Entry
from audit.merkle.signed_notes import Signature
from audit.sequencer.sequence import sequence
from audit.tree.models import Cosignature, Leaf, StoredCheckpoint
from audit.tree.proof_download import public_keys
from core import db
from rights import log_views
from rights.log_forms import AREAS
from tests.signin import sign_in

PAGE = "/settings/log/"
FILES = ("log.csv", "log.json", "receipts.zip")
SEEN = EventType("rights.test.seen", "{actor} saw {what}", {"what": str, "case": str})
WROTE = EventType("inbox.test.wrote", "{actor} wrote {what}", {"what": str})
MACHINE = machine("t")
HOSTILE = (
    *("since=0001-01-01", "until=9999-12-31", "since=1969-12-31", "since=2026-13-01", "until=tomorrow", "since=٢٠٢٦"),
    *("app=nothing", "kind=all", "app='--", "older=1", "newer=x", "end=newest", "since=2026-11-23&until=2026-11-22"),
    f"older={'0' * 8}-0000-7000-8000-{'0' * 12}&newer={'0' * 8}-0000-7000-8000-{'0' * 12}",
)


@pytest.fixture(autouse=True)
def _own_events(settings, tmp_path, monkeypatch):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    for event in (SEEN, WROTE):
        monkeypatch.setitem(event_types._events, event.name, event)


def write(subject, at, *, event=SEEN, actor=MACHINE, **payload):
    payload = {"what": "it"} | ({"case": None} if event is SEEN else {}) | payload
    with db.use_role("worker"), db.atomic():
        return append(event, actor=actor, subject=subject, now=at, payload=payload)


def sign(now):
    with db.use_role("sequencer"):
        sequence(now)


def client_of(user):
    return sign_in(Client(), user, fresh=True)


def listed(page):
    return re.findall(r'href="/settings/receipts/([^/]+)/"', page.content.decode())


def fetch(client, name, query=""):
    answer = client.get(f"{PAGE}{name}{query}")
    assert (answer.status_code, answer["Content-Disposition"]) == (200, f'attachment; filename="{name}"')
    return b"".join(answer)


def rows_of(client, name, query=""):
    data = fetch(client, name, query)
    return (
        json.loads(data)["entries"]
        if name == "log.json"
        else list(csv.DictReader(io.StringIO(data.decode("utf-8-sig"))))
    )


def test_the_page_lists_what_is_about_the_person_alone_newest_first(user, make_user, now):
    write(make_user("omar").reference, now)
    write(None, now)
    own = [str(write(user.reference, now + timedelta(seconds=number))) for number in range(3)]
    page = client_of(user).get(PAGE)
    assert listed(page) == own[::-1]
    assert "A machine saw it" in page.content.decode()


def test_who_acted_is_told_as_on_other_pages_never_by_name(user, make_staff, now):
    sam = make_staff("samuel")
    for actor in (f"staff:{sam.reference}", f"user:{user.reference}", "machine:t", "anonymous:"):
        write(user.reference, now, actor=parse(actor))
    client = client_of(user)
    page = client.get(PAGE).content.decode()
    assert re.findall(r" · <bdi>([^<]+)</bdi> · <a", page) == ["nobody signed in", "automatic", "you", "our staff"]
    data = fetch(client, "log.csv").decode()
    assert not [text for text in ("samuel", sam.email) if text in page + data]


def test_pages_lead_from_one_end_to_the_other_and_back(user, now):
    size, count = log_views.PAGE_SIZE, log_views.PAGE_SIZE * 2 + 5
    own = [str(write(user.reference, now + timedelta(seconds=number))) for number in range(count)][::-1]
    client, address, found = client_of(user), PAGE, []
    while address:
        page = client.get(address)
        found.append(listed(page))
        older = re.search(r'rel="next" href="([^"]+)"', page.content.decode())
        address = older and PAGE + older[1].replace("&amp;", "&")
    assert found == [own[:size], own[size : 2 * size], own[2 * size :]]
    assert listed(client.get(f"{PAGE}?newer={own[size]}")) == own[:size]


def test_the_filter_takes_kind_actor_and_days_of_the_readers_zone(user, now):
    with db.use_role("default"):
        user.time_zone = "Asia/Dubai"
        user.save()
    day = now.replace(hour=0, minute=0)
    before, first = (str(write(user.reference, day - timedelta(hours=hours))) for hours in (5, 3))
    letter = str(write(user.reference, day, event=WROTE))
    last = str(write(user.reference, day + timedelta(hours=19), actor=parse(f"user:{user.reference}")))
    after = str(write(user.reference, day + timedelta(hours=21)))
    client = client_of(user)
    wanted = {
        "": [after, last, letter, first, before],
        "?app=inbox": [letter],
        "?app=rights&kind=machine": [after, first, before],
        "?kind=user": [last],
        "?since=2026-11-23&until=2026-11-23": [last, letter, first],
        "?until=2026-11-22": [before],
        "?app=audit": [],
    }
    assert {query: listed(client.get(PAGE + query)) for query in wanted} == wanted
    for query, expected in wanted.items():  # each download is an entry of today
        assert [row["id"] for row in rows_of(client, "log.json", query)][: len(expected)] == expected[::-1]
    assert "No entry fits" in client.get(f"{PAGE}?app=audit").content.decode()


def test_a_damaged_address_says_so(user):
    for query in ("older=x", "end=newest", f"older={HOSTILE[-1][6:]}"):
        assert "The address of this page is damaged." in client_of(user).get(f"{PAGE}?{query}").content.decode()


@pytest.mark.parametrize("query", HOSTILE)
def test_a_filter_that_means_nothing_is_refused_on_the_page_and_for_each_file(user, query):
    client = client_of(user)
    assert {client.get(f"{PAGE}{name}?{query}").status_code for name in ("", *FILES)} == {422}
    with db.use_role("auditor"):
        assert not Entry.objects.filter(event="rights.log.downloaded").exists()


def test_every_kind_of_event_is_in_the_filter():
    apps = {name.partition(".")[0] for name in event_types.names()}
    assert apps == {*AREAS}


def test_a_file_is_asked_a_step_up_for_and_logged_before_it_begins(user, now):
    assert (
        sign_in(Client(), user)
        .get(f"{PAGE}log.csv")["Location"]
        .startswith("/settings/step-up/?next=%2Fsettings%2Flog%2F")
    )
    client = client_of(user)
    for name in FILES:
        assert client.head(f"{PAGE}{name}").status_code == 200
    with db.use_role("auditor"):
        assert not Entry.objects.filter(event="rights.log.downloaded").exists()
    for name in FILES:
        fetch(client, name)
    with db.use_role("auditor"):
        entries = Entry.objects.filter(event="rights.log.downloaded", subject=user.reference).order_by("id")
        assert [json.loads(bytes(entry.leaf))["payload"] for entry in entries] == [{"file": name} for name in FILES]
        assert {entry.actor for entry in entries} == {f"user:{user.reference}"}


@pytest.mark.parametrize("name", ["log.csv", "log.json"])
def test_the_files_hold_the_databases_leaves_oldest_first(user, make_user, name):
    now = timezone.now() - timedelta(minutes=1)
    write(make_user("omar").reference, now)
    for number in range(3):
        write(user.reference, now + timedelta(seconds=number))
    sign(now)
    write(user.reference, now + timedelta(seconds=4))
    rows = rows_of(client_of(user), name)
    with db.use_role("auditor"):
        entries = Entry.objects.filter(subject=user.reference).exclude(event="rights.log.downloaded").order_by("id")
        leaves = {leaf.entry: leaf for leaf in Leaf.objects.all()}
        assert [row["id"] for row in rows] == [str(entry.pk) for entry in entries]
        for row, entry in zip(rows, entries, strict=True):
            leaf = leaves.get(entry.pk)
            assert b64decode(row["leaf"]) == bytes(entry.leaf)
            assert row["leaf_hash"] == sha256(b"\0" + bytes(entry.leaf)).hexdigest()
            assert str(row["leaf_index"] or "") == (str(leaf.index or "") if leaf else "")
            assert leaf is None or row["leaf_hash"] == bytes(leaf.hash).hex()
            assert (row["time"], row["event"]) == (json.loads(bytes(entry.leaf))["time"], entry.event)
            assert (row["sentence"], row["by"]) == ("A machine saw it", "automatic")
    assert not rows[-1]["leaf_index"]


def test_what_a_spreadsheet_would_run_is_defused(user, now, monkeypatch):
    write(user.reference, now)
    monkeypatch.setitem(event_types._events, SEEN.name, EventType(SEEN.name, "=cmd {what}", SEEN.payload))
    assert rows_of(client_of(user), "log.csv")[0]["sentence"] == "'=cmd it"


def unpack(data, folder):
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        assert archive.testzip() is None
        archive.extractall(folder)
        return archive.namelist()


def test_the_receipts_verify_and_what_is_not_signed_is_named(user, make_user, tmp_path, capsys):
    now = timezone.now() - timedelta(minutes=1)
    other = make_user("omar").reference
    own = []
    for number in range(300):
        entry = write(user.reference if number % 3 else other, now)
        own += [str(entry)] if number % 3 else []
    sign(now)
    with db.use_role("sequencer"):
        size = StoredCheckpoint.objects.order_by("-size").first().size
        line = Signature("witness.example", b"key1", bytes(72)).encode()
        Cosignature.objects.create(size=size, witness="witness.example", key_id=b"key1".hex(), signed_at=now, line=line)
    newer = str(write(user.reference, now + timedelta(seconds=1)))
    sign(now)
    pending = str(write(user.reference, now + timedelta(seconds=2)))
    client = client_of(user)
    names = unpack(fetch(client, "receipts.zip"), tmp_path)
    assert names == [
        *(f"receipts/{entry}.tlog-proof" for entry in [*own, newer]),
        *("log.csv", "log.json", "README.txt", "manifest.json"),
    ]
    for entry in [*own[:3], *own[-3:], newer]:
        code = verify.main([str(tmp_path / f"receipts/{entry}.tlog-proof"), "--key", public_keys()[0]])
        assert (code, entry in capsys.readouterr().out) == (0, True)
        assert (b"witness.example" in (tmp_path / f"receipts/{entry}.tlog-proof").read_bytes()) == (entry != newer)
    single = client.get(f"/settings/receipts/{own[7]}/").content
    assert (tmp_path / f"receipts/{own[7]}.tlog-proof").read_bytes() == single
    manifest = json.loads((tmp_path / "manifest.json").read_bytes())
    assert (manifest["entries"], manifest["receipts"], manifest["not_signed_yet"]) == (202, 201, [pending])
    assert [row["id"] for row in json.loads((tmp_path / "log.json").read_bytes())["entries"]] == [*own, newer, pending]
    assert len((tmp_path / "log.csv").read_bytes().splitlines()) == 203
    assert f"verify.py receipts/ID.tlog-proof --key '{public_keys()[0]}'" in (tmp_path / "README.txt").read_text()


def test_the_files_of_somebody_without_entries_are_whole(user, tmp_path):
    client = client_of(user)
    assert "Nothing has happened yet." in client.get(PAGE).content.decode()
    assert (rows_of(client, "log.csv", "?app=audit"), rows_of(client, "log.json", "?app=audit")) == ([], [])
    assert unpack(fetch(client, "receipts.zip", "?app=audit"), tmp_path)[0] == "log.csv"


def test_too_many_entries_for_a_file_ask_for_fewer_days(user, now, monkeypatch):
    monkeypatch.setattr(log_views, "MOST_ENTRIES", 2)
    for days in range(3):
        write(user.reference, now + timedelta(days=days))
    client = client_of(user)
    answer = client.get(f"{PAGE}log.csv")
    assert (answer.status_code, "More than 2 entries: choose fewer days" in answer.content.decode()) == (422, True)
    assert len(rows_of(client, "log.csv", "?until=2026-11-24")) == 2


def queries_of(act):
    with CaptureQueriesContext(connections["default"]) as own, CaptureQueriesContext(connections["vault"]) as vault:
        act()
    return len(own), len(vault)


def test_a_page_and_a_file_take_as_many_queries_for_many_entries_as_for_few(user, now):
    client = client_of(user)
    for _ in range(3):
        write(user.reference, now)
    sign(now)
    client.get(PAGE)
    acts = {name: lambda name=name: fetch(client, name) if name else client.get(PAGE) for name in ("", *FILES)}
    few = {name: queries_of(act) for name, act in acts.items()}
    for _ in range(40):
        write(user.reference, now)
    sign(now)
    assert {name: queries_of(act) for name, act in acts.items()} == few
