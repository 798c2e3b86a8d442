"""What comes between: two at once, an account that is closed, data that is restricted, answers of a strange shape."""

import sys
import threading
import uuid
from contextlib import suppress
from datetime import timedelta
from urllib.parse import urlsplit

import pytest
from django.db import connections as databases
from django.test import Client
from django.utils import timezone

from accounts.connections import google as client_at_google
from accounts.connections.errors import TokenRefusedError
from accounts.connections.models import GoogleGrant
from accounts.connections.services import check_grant, lend_token, sweep_unneeded
from accounts.workloads.models import PlatformOrder
from audit.erasure.crypto_shred import crypto_shred_subject
from audit.errors import ErasureRefusedError
from audit.log.actors import machine
from audit.log.labels import ErasureGround
from core import db
from rights import services as rights
from rights.models import Step
from rights.states import Kind
from tests.accounts.connections.conftest import PAGE
from tests.dev.practice.provider import LAYLA, OMAR
from tests.platform_rows import put_row
from tests.signin import sign_in
from tests.stolen.conftest import steal as steal_role
from vault.services import destroy_key
from vault.services.subject_keys import forget_cached_keys

ACTOR, NEEDED = machine("console"), ["gmail.readonly", "spreadsheets"]


@pytest.fixture
def invoices(user):
    return put_row("connections_automation", user.reference, timezone.now(), scopes=NEEDED)


@pytest.fixture
def home(client, user, invoices, connect):
    signed_in = sign_in(client, user)
    connect(signed_in)
    return signed_in


#: plays a stolen role of the database
steal = steal_role


def owned(statement, *values):
    with databases["owner"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else None


def back_of(google, ask, signed_in, who=LAYLA, automation=""):
    back = urlsplit(google.sign_in(ask(signed_in, automation), who))
    return f"{back.path}?{back.query}"


def test_grant_stored_after_googles_step_of_a_deletion(home, user, officer, google, ask, kept, monkeypatch):
    home.post(f"{PAGE}google/end/")
    owned("UPDATE connections_revocation SET confirmed_at=wiped_at, sealed=NULL, due_at=NULL")
    address = back_of(google, ask, home)
    redeem = client_at_google.redeem_code
    statuses = []

    def and_delete(*args, **more):
        found = redeem(*args, **more)
        now = timezone.now()

        def other():
            try:
                with db.use_role("default"):
                    request = rights.receive_request(
                        user, kind=Kind.DELETION, identified=True, now=now - timedelta(days=15)
                    )
                with db.use_role("staff"):
                    rights.take_request(request.reference, actor=officer, now=now)
                    rights.start_erasure(request.reference, actor=officer, now=now)
                with db.use_role("worker"):
                    step = Step.objects.get(request=request, holding="google")
                    rights.run_step(step.pk, clock=timezone.now)
                    statuses.append(Step.objects.get(pk=step.pk).status)
            finally:
                databases.close_all()

        thread = threading.Thread(target=other)
        thread.start()
        thread.join()
        return found

    monkeypatch.setattr(client_at_google, "redeem_code", and_delete)
    answer = home.get(address)
    assert statuses == ["done"], statuses
    assert kept()[0] is None, answer.status_code


def test_two_consents_at_once(client, user, invoices, google, ask, monkeypatch, kept):
    one, two = sign_in(client, user), sign_in(Client(), user)
    addresses = [back_of(google, ask, one, LAYLA), back_of(google, ask, two, OMAR)]
    consent = sys.modules["accounts.connections.services.consent"]
    encrypt, barrier, found = consent.encrypt, threading.Barrier(2), []

    def both(*args):
        with suppress(threading.BrokenBarrierError):
            barrier.wait(3)  # between looking for a grant and storing one
        return encrypt(*args)

    monkeypatch.setattr(consent, "encrypt", both)

    def go(who, address):
        who.raise_request_exception = False
        try:
            found.append(who.get(address).status_code)
        finally:
            databases.close_all()

    threads = [threading.Thread(target=go, args=pair) for pair in zip((one, two), addresses, strict=True)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert found == [302, 302]
    # the other account's is on its way to be ended
    assert len(kept()[1]) == 1


def test_token_of_a_person_whose_key_is_destroyed(home, fetch, invoices, user):
    destroy_key(user.reference, now=timezone.now())
    forget_cached_keys()
    assert fetch(invoices).status_code in (404, 409)


def test_check_of_one(home, user):
    destroy_key(user.reference, now=timezone.now())
    forget_cached_keys()
    with db.use_role("worker"):
        check_grant(user.reference, clock=timezone.now)


def test_consent_of_one(home, user, google, ask):
    address = back_of(google, ask, home)
    destroy_key(user.reference, now=timezone.now())
    forget_cached_keys()
    home.raise_request_exception = False
    assert home.get(address).status_code == 302


class Answer:
    def __init__(self, body, status=200):
        self.body, self.status_code, self.headers = body, status, {"content-type": "application/json"}

    def json(self):
        return self.body

    def raise_for_status(self):
        pass


@pytest.mark.parametrize(
    "body",
    [
        [],
        None,
        "x",
        1,
        {},
        {"access_token": "x", "expires_in": [], "scope": ""},
        {"access_token": "x", "expires_in": "x"},
        {"access_token": "x", "expires_in": None},
        {"access_token": "x", "expires_at": {}},
        {"access_token": ["x"], "expires_in": 5, "scope": {}},
        {"error": {"a": 1}},
        {"error": ["invalid_grant"]},
        {"error": None},
    ],
)
def test_hostile_answers(home, fetch, invoices, monkeypatch, body, user):
    monkeypatch.setattr("requests.sessions.Session.request", lambda *a, **k: Answer(body))
    with db.use_role("ingest"), pytest.raises(TokenRefusedError):
        lend_token(user.reference, invoices, actor=ACTOR, clock=timezone.now)


@pytest.mark.parametrize("body", [{}, {"access_token": "x", "expires_in": 3599}, [], None])
def test_a_strange_answer_does_not_end_a_grant(home, user, kept, monkeypatch, body):
    monkeypatch.setattr("requests.sessions.Session.request", lambda *a, **k: Answer(body))
    with db.use_role("worker"):
        check_grant(user.reference, clock=timezone.now)
    assert kept()[0] is not None


def test_no_consent_for_an_automation_that_was_deleted(home, user, ask, google):
    gone = put_row("connections_automation", user.reference, timezone.now(), scopes=["drive"])
    owned(
        "INSERT INTO connections_endedautomation (id, subject, ended_at) VALUES (%s, %s, now())", gone, user.reference
    )
    answer = home.post(f"{PAGE}google/consent/{gone}/")
    assert answer.status_code == 404


def test_page_of_an_automation_that_was_deleted(home, user, invoices):
    owned(
        "INSERT INTO connections_endedautomation (id, subject, ended_at) VALUES (%s, %s, now())",
        invoices,
        user.reference,
    )
    page = home.get(PAGE).content.decode()
    assert "Take its access away" not in page


def test_orders_by_toggling(home, user, invoices):
    put_row("connections_automation", user.reference, timezone.now(), scopes=NEEDED)
    for _ in range(40):
        home.post(f"{PAGE}google/end/{invoices}/")
        home.post(f"{PAGE}google/consent/{invoices}/")
    with db.use_role("staff"):
        assert PlatformOrder.objects.count() < 40


def test_withholding_what_needs_nothing_orders_nothing(home, user):
    other = put_row("connections_automation", user.reference, timezone.now(), scopes=[])
    home.post(f"{PAGE}google/end/{other}/")
    with db.use_role("staff"):
        assert PlatformOrder.objects.count() == 0


@pytest.mark.parametrize("what", ["off", "ended", "restricted", "closed"])
def test_what_changes_while_google_answers(home, fetch, invoices, user, monkeypatch, what, officer):
    borrow = client_at_google.borrow_token

    def meanwhile(token, scopes):
        if what == "off":
            owned("UPDATE connections_automation SET is_on = false")
        elif what == "closed":
            owned("UPDATE identity_user SET is_active = false WHERE id = %s", user.pk)
        elif what == "ended":
            owned(
                "INSERT INTO connections_endedautomation (id, subject, ended_at) VALUES (%s, %s, now())",
                invoices,
                user.reference,
            )
        else:

            def other():
                with db.use_role("default"):
                    request = rights.receive_request(
                        user,
                        kind=Kind.RESTRICTION,
                        identified=True,
                        now=timezone.now(),
                        details={"categories": ["connections.grants"], "ground": "claims"},
                    )
                with db.use_role("staff"):
                    rights.take_request(request.reference, actor=officer, now=timezone.now())
                    rights.grant_request(request.reference, actor=officer, now=timezone.now())
                databases.close_all()

            thread = threading.Thread(target=other)
            thread.start()
            thread.join()
        return borrow(token, scopes)

    monkeypatch.setattr(client_at_google, "borrow_token", meanwhile)
    assert fetch(invoices).status_code in (404, 409)


def test_one_that_fails_does_not_keep_the_unneeded_ones(home, user, make_user, connect, kept, monkeypatch):
    noor = make_user("noor")
    put_row("connections_automation", noor.reference, timezone.now(), scopes=NEEDED)
    connect(sign_in(Client(), noor), who=OMAR)
    owned("DELETE FROM connections_automation")
    order = [subject for (subject,) in owned("SELECT subject FROM connections_unneeded(NULL) WHERE is_whole")]
    module = sys.modules["accounts.connections.services.check_grant"]
    wipe = module.wipe_grant

    def fail(subject, **facts):
        if subject == order[0]:
            raise RuntimeError
        return wipe(subject, **facts)

    monkeypatch.setattr(module, "wipe_grant", fail)
    with db.use_role("worker"), suppress(RuntimeError):
        sweep_unneeded(now=timezone.now())
    with db.use_role("worker"):
        assert GoogleGrant.objects.count() == 1


@pytest.mark.parametrize("purpose", ["right", "law"])
def test_a_restricted_grant_is_not_read_for_a_purpose_that_lending_never_has(steal, home, user, officer, purpose):
    with db.use_role("default"):
        request = rights.receive_request(
            user,
            kind=Kind.RESTRICTION,
            identified=True,
            now=timezone.now(),
            details={"categories": ["connections.grants"], "ground": "claims"},
        )
    with db.use_role("staff"):
        rights.take_request(request.reference, actor=officer, now=timezone.now())
        rights.grant_request(request.reference, actor=officer, now=timezone.now())
    thief = steal("office_ingest")
    payload = {"automation": str(uuid.uuid4()), "scopes": "drive", "purpose": purpose}
    entry = thief.forge(
        "connections.token.handed_out", subject=user.reference, actor="machine:console", payload=payload
    )
    thief.claim(subject=user.reference, entry=entry)
    assert thief.run("SELECT sealed FROM connections_googlegrant") == []


@pytest.mark.parametrize("waits", [False, True])
def test_no_key_is_destroyed_over_a_live_token(home, user, google, work, waits):
    if waits:
        google.fault("google.revoke", "500")
        home.post(f"{PAGE}google/end/")
        assert work() == 0
    owned("UPDATE identity_user SET is_active = false WHERE id = %s", user.pk)
    facts = {"actor": machine("console"), "ground": ErasureGround.CLOSED, "now": timezone.now()}
    with db.use_role("worker"), pytest.raises(ErasureRefusedError, match="has not ended"):
        crypto_shred_subject(user.reference, **facts)
