"""Proofs by API: the same files as the command writes, for reader tokens and auditors."""

import uuid

import pytest
from django.core.cache import cache
from django.utils import timezone

from accounts.identity.roles import Role
from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.merkle.hashing import root_of
from audit.merkle.tlog_proofs import Receipt
from audit.sequencer.sequence import sequence
from audit.tokens.services import make_reader_token
from audit.tree import checkpoints
from audit.tree.models import Leaf
from core import db
from tests.audit.merkle.consistency import check_consistency
from tests.signin import sign_in

COUNTED = EventType("audit.test.counted", "counted {number}", {"number": int})
INCLUSION, CONSISTENCY = "/api/v1/audit/proofs/inclusion", "/api/v1/audit/proofs/consistency"


@pytest.fixture(autouse=True)
def log(office, monkeypatch, settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path)
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)
    cache.clear()


def write(count, *, signed=True):
    now = timezone.now()
    with db.use_role("worker"), db.atomic():
        made = [append(COUNTED, actor=machine("t"), subject=None, now=now, payload={"number": n}) for n in range(count)]
    if signed:
        with db.use_role("sequencer"):
            sequence(now)
    return made


@pytest.fixture
def get(client):
    def make(scope):
        with db.use_role("staff"):
            return make_reader_token(scope, scopes=[scope], days=9, actor=machine("c"), now=timezone.now())[1]

    tokens = {scope: make(scope) for scope in ("entries", "export")}

    def do(address, asked, scope="entries"):
        return client.get(address, asked, headers={"Authorization": f"Bearer {tokens[scope]}"})

    return do


def test_a_receipt_by_token_verifies(get):
    entry = write(9)[4]
    answer = get(INCLUSION, {"entry": entry})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    assert answer["Cache-Control"] == "no-store, private"
    receipt = Receipt.parse(answer.content)
    assert receipt.check(checkpoints.signer().name, checkpoints.verifiers()).size > receipt.index
    assert str(entry) in receipt.leaf.decode()


def test_growth_by_token_verifies(get):
    write(7)
    write(300)
    with db.use_role("auditor"):
        hashes = [bytes(hash_) for hash_ in Leaf.objects.order_by("index").values_list("hash", flat=True)]
    answer = get(CONSISTENCY, {"from": 7, "to": len(hashes)})
    assert (answer.status_code, answer["Content-Type"]) == (200, "text/plain; charset=utf-8")
    proof, _, note = answer.content.decode().partition("\n\n")
    old, *lines = proof.split("\n")
    from base64 import b64decode

    assert old == "old 7"
    checkpoint = checkpoints.opened(note.encode())
    check_consistency(7, checkpoint.size, root_of(hashes[:7]), checkpoint.root, [b64decode(line) for line in lines])


def test_the_auditor_has_proofs_by_session_and_others_do_not(client, make_staff):
    entry = write(3)[0]
    sign_in(client, make_staff("ari", Role.AUDITOR), mfa=True)
    assert client.get(INCLUSION, {"entry": entry}).status_code == 200
    sign_in(client, make_staff("sam", Role.SUPPORT), mfa=True)
    assert client.get(INCLUSION, {"entry": entry}).status_code == 403


def test_a_token_without_the_scope_is_refused(get):
    entry = write(3)[0]
    assert get(INCLUSION, {"entry": entry}, "export").status_code == 403


@pytest.mark.parametrize(
    ("address", "asked", "status", "fields"),
    [
        (INCLUSION, {}, 400, {"entry"}),
        (INCLUSION, {"entry": "x"}, 400, {"entry"}),
        (INCLUSION, {"entry": [str(uuid.uuid4())] * 2}, 400, {"entry"}),
        (INCLUSION, {"entry": str(uuid.uuid4()), "and": "1"}, 400, {"and"}),
        (INCLUSION, {"entry": str(uuid.uuid4())}, 404, set()),
        (CONSISTENCY, {}, 400, {"from", "to"}),
        (CONSISTENCY, {"from": "1"}, 400, {"to"}),
        (CONSISTENCY, {"from": "-1", "to": "3"}, 400, {"from"}),
        (CONSISTENCY, {"from": "0", "to": "3"}, 400, {"from"}),
        (CONSISTENCY, {"from": "3", "to": "2"}, 400, {"from"}),
        (CONSISTENCY, {"from": "1", "to": "9" * 30}, 400, {"to"}),
        (CONSISTENCY, {"from": "1", "to": "9" * 19}, 400, {"from"}),
        (CONSISTENCY, {"from": "1", "to": "999"}, 404, set()),
    ],
)
def test_what_cannot_be_proved_is_a_problem_that_names_the_field(get, address, asked, status, fields):
    write(3)
    answer = get(address, asked)
    assert (answer.status_code, answer["Content-Type"]) == (status, "application/problem+json"), answer.content
    problem_document = answer.json()
    assert problem_document["status"] == status
    assert {error["field"] for error in problem_document.get("errors", [])} == fields


def test_an_entry_that_no_signed_tree_covers_yet_says_when_to_ask(get):
    (entry,) = write(1, signed=False)
    answer = get(INCLUSION, {"entry": entry})
    assert (answer.status_code, answer["Retry-After"]) == (409, "5")
    assert answer["Content-Type"] == "application/problem+json"
