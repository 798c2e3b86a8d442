# ruff: noqa: F811, BLE001, E501, PLC0415, S110, T201
"""Faults: each of these fails until it is mended."""

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
from accounts.connections.models import GoogleGrant
from accounts.connections.services import check_grant, lend_token, sweep_checks, sweep_unneeded
from accounts.workloads.models import PlatformOrder
from accounts.workloads.services import ingest_stream
from audit.erasure.crypto_shred import crypto_shred_subject
from audit.log.actors import machine
from audit.log.labels import ErasureGround
from core import db
from rights import services as rights
from rights.models import Step
from rights.states import Kind
from tests.accounts.connections.conftest import PAGE
from tests.accounts.connections.test_tokens import ACTOR, NEEDED, entries, fetch, home, invoices  # noqa: F401
from tests.dev.practice.provider import LAYLA, OMAR
from tests.platform_rows import put_row
from tests.signin import sign_in
from tests.stolen.conftest import steal  # noqa: F401
from tests.stream_lines import file, line
from vault.services import destroy_key
from vault.services.subject_keys import forget_cached_keys


@pytest.fixture(autouse=True)
def _journal(settings, tmp_path):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")


def owned(statement, *values):
    with databases["owner"].cursor() as cursor:
        cursor.execute(statement, values)
        return cursor.fetchall() if cursor.description else None


def back_of(google, ask, signed_in, who=LAYLA, automation=""):
    back = urlsplit(google.sign_in(ask(signed_in, automation), who))
    return f"{back.path}?{back.query}"


def test_01_grant_stored_after_googles_step_of_a_deletion(home, user, officer, google, ask, kept, monkeypatch):
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
            except Exception as error:
                statuses.append(repr(error))
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


def test_02_what_was_taken_away_stays_so_when_all_is_ended_and_granted_anew(home, fetch, invoices, user, connect, work):
    put_row("connections_automation", user.reference, timezone.now(), scopes=NEEDED)
    home.post(f"{PAGE}google/end/{invoices}/")
    assert fetch(invoices).status_code == 409
    home.post(f"{PAGE}google/end/")  # or told by Google, or `Reduce`
    assert work() == 1
    connect(home)
    assert fetch(invoices).status_code == 409


def test_02b_taken_from_the_last_and_granted_for_another(home, fetch, invoices, user, connect, work):
    home.post(f"{PAGE}google/end/{invoices}/")
    assert work() == 1
    other = put_row("connections_automation", user.reference, timezone.now(), scopes=NEEDED)
    connect(home, automation=other)
    assert fetch(invoices).status_code == 409


def test_03_consent_taken_while_an_end_waits(home, google, ask, fetch, invoices, kept, work, connect):
    address = back_of(google, ask, home)
    home.post(f"{PAGE}google/end/")  # in another tab, before coming back
    page = home.get(address, follow=True).content.decode()
    connected = "Google is connected" in page
    work()
    grant = kept()[0]
    # either refused, or what is stored works
    assert not connected or grant is None or fetch(invoices).status_code == 200


def test_04_two_consents_at_once(client, user, invoices, google, ask, monkeypatch, kept):
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
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert found == [302, 302]
    # the other account's is on its way to be ended
    assert len(kept()[1]) == 1


def test_05_token_of_a_person_whose_key_is_destroyed(home, fetch, invoices, user):
    destroy_key(user.reference, now=timezone.now())
    forget_cached_keys()
    assert fetch(invoices).status_code in (404, 409)


def test_05b_check_of_one(home, user):
    destroy_key(user.reference, now=timezone.now())
    forget_cached_keys()
    with db.use_role("worker"):
        check_grant(user.reference, clock=timezone.now)


def test_05c_consent_of_one(home, user, google, ask):
    address = back_of(google, ask, home)
    destroy_key(user.reference, now=timezone.now())
    forget_cached_keys()
    home.raise_request_exception = False
    assert home.get(address).status_code == 302


def test_06_restricted_ones_do_not_keep_the_others_from_the_check(home, user, make_user, officer, monkeypatch, connect):
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
    noor = make_user("noor")
    put_row("connections_automation", noor.reference, timezone.now(), scopes=NEEDED)
    connect(sign_in(Client(), noor), who=OMAR)
    monkeypatch.setattr(sys.modules["accounts.connections.services.check_grant"], "BATCH", 1)
    with db.use_role("worker"):
        done = [sweep_checks(clock=lambda: timezone.now() + timedelta(days=2)) for _ in range(3)]
    assert sum(done) >= 1


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
def test_07_hostile_answers(home, fetch, invoices, monkeypatch, body, user):
    monkeypatch.setattr("requests.sessions.Session.request", lambda *a, **k: Answer(body))
    with db.use_role("ingest"):
        try:
            lend_token(user.reference, invoices, actor=ACTOR, clock=timezone.now)
        except Exception as error:
            assert type(error).__name__ == "TokenRefusedError", repr(error)


@pytest.mark.parametrize("body", [{}, {"access_token": "x", "expires_in": 3599}, [], None])
def test_08_a_strange_answer_does_not_end_a_grant(home, user, kept, monkeypatch, body):
    monkeypatch.setattr("requests.sessions.Session.request", lambda *a, **k: Answer(body))
    with db.use_role("worker"):
        check_grant(user.reference, clock=timezone.now)
    assert kept()[0] is not None


def test_09_no_consent_for_an_automation_that_was_deleted(home, user, ask, google):
    gone = put_row("connections_automation", user.reference, timezone.now(), scopes=["drive"])
    owned(
        "INSERT INTO connections_endedautomation (id, subject, ended_at) VALUES (%s, %s, now())", gone, user.reference
    )
    answer = home.post(f"{PAGE}google/consent/{gone}/")
    assert "auth%2Fdrive" not in answer.get("Location", "") and answer.status_code in (302, 404)


def test_09b_page_of_an_automation_that_was_deleted(home, user, invoices):
    owned(
        "INSERT INTO connections_endedautomation (id, subject, ended_at) VALUES (%s, %s, now())",
        invoices,
        user.reference,
    )
    page = home.get(PAGE).content.decode()
    assert "Take its access away" not in page


def test_10_orders_by_toggling(home, user, invoices):
    put_row("connections_automation", user.reference, timezone.now(), scopes=NEEDED)
    for _ in range(40):
        home.post(f"{PAGE}google/end/{invoices}/")
        home.post(f"{PAGE}google/consent/{invoices}/")
    with db.use_role("staff"):
        assert PlatformOrder.objects.count() < 40


def test_10b_withholding_what_needs_nothing_orders_nothing(home, user):
    other = put_row("connections_automation", user.reference, timezone.now(), scopes=[])
    home.post(f"{PAGE}google/end/{other}/")
    with db.use_role("staff"):
        assert PlatformOrder.objects.count() == 0


def test_11_one_google_account_of_two_people(home, fetch, user, make_user, connect, work, invoices):
    noor = make_user("noor")
    hers = put_row("connections_automation", noor.reference, timezone.now(), scopes=NEEDED)
    other = sign_in(Client(), noor)
    connect(other, who=LAYLA)
    assert fetch(hers, subject=noor.reference).status_code == 200
    home.post(f"{PAGE}google/end/")
    work()
    answer = fetch(hers, subject=noor.reference)
    with db.use_role("worker"):
        check_grant(noor.reference, clock=timezone.now)
    page = other.get(PAGE).content.decode()
    assert answer.status_code == 200 or "you ended it at Google" not in page


def test_14_an_end_is_told_while_restricted(home, user, officer, work, kept):
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
    home.post(f"{PAGE}google/end/")
    assert work() == 1


@pytest.mark.parametrize("what", ["off", "ended", "restricted", "closed"])
def test_15_what_changes_while_google_answers(home, fetch, invoices, user, monkeypatch, what, officer):
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


def test_17_who_grants_nothing_leaves_no_live_token_at_google(client, user, invoices, connect, google, kept):
    connect(sign_in(client, user), granted=[])
    assert kept()[0] is None
    state = google.state()
    print("STATE", state)
    live = [each for each in state.get("tokens", state.get("grants", [])) or [] if "refresh" in str(each)]
    assert not live, state


def test_18_entries_by_an_address(home, ask):
    ask(home)
    for _ in range(50):
        home.get(f"{PAGE}google/callback/?state=x")
    assert len(entries("connections.consent.refused")) < 50


def test_20_one_that_fails_does_not_keep_the_unneeded_ones(home, user, make_user, connect, kept, monkeypatch):
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


def test_21_runs_of_a_number_used_again_by_somebody_else(user, make_user, office):
    number, noor = str(uuid.UUID(int=78)), make_user("noor")

    def take(*lines):
        with db.use_role("ingest"):
            report = ingest_stream(file(*lines), actor=machine("test"), source="test", clock=timezone.now)
        return report.kept, report.set_aside

    gone = {"stream": "automations", "id": number, "account": str(user.pk), "time": "2026-11-21T10:00:00Z"}
    assert take(gone | {"deleted": True}) == (1, 0)  # unknown until then
    assert take(line("automations", noor.pk, id=number, time="2026-11-22T10:00:00Z")) == (0, 1)


def test_22_number_that_ended_taken_first_by_a_stranger(user, make_user, office):
    """A deletion about an unknown automation, said to be another's, keeps the right person's out for good."""
    number, noor = str(uuid.UUID(int=79)), make_user("noor")
    with db.use_role("ingest"):
        gone = {"stream": "automations", "id": number, "account": str(noor.pk), "time": "2026-11-21T10:00:00Z"}
        ingest_stream(file(gone | {"deleted": True}), actor=machine("t"), source="t", clock=timezone.now)
        report = ingest_stream(
            file(line("automations", user.pk, id=number, time="2026-11-22T10:00:00Z")),
            actor=machine("t"),
            source="t",
            clock=timezone.now,
        )
    assert (report.kept, report.set_aside) != (0, 0)


def test_23_state_of_an_end_that_google_gave_up(home, google, user, kept, work):
    """What waits is left out of what P10 counts, once given up."""
    google.fault("google.revoke", "500")
    home.post(f"{PAGE}google/end/")
    work(timezone.now() + timedelta(days=1, minutes=2))
    from accounts.connections.promises import _revocation_is_at_once, _tokens_go_promptly

    print(_tokens_go_promptly(timezone.now()), _revocation_is_at_once(timezone.now()))


def test_24_withheld_numbers_of_erased_automations_go(home, user, invoices, kept):
    put_row("connections_automation", user.reference, timezone.now(), scopes=NEEDED)
    home.post(f"{PAGE}google/end/{invoices}/")
    owned(
        "INSERT INTO connections_endedautomation (id, subject, ended_at) VALUES (%s, %s, now())",
        invoices,
        user.reference,
    )
    from accounts.connections.services import sweep_ended

    with db.use_role("worker"):
        sweep_ended(now=timezone.now())
        sweep_ended(now=timezone.now() + timedelta(hours=2))
    assert kept()[0].withheld == []


def test_25_other_accounts_end_does_not_block_the_connected_one(home, user, connect, google, ask):
    google.fault("google.revoke", "500")
    connect(home, who=OMAR)
    put_row("connections_automation", user.reference, timezone.now(), scopes=["drive"])
    page = home.post(f"{PAGE}google/consent/", follow=True).content.decode()
    assert "your earlier access has ended" not in page
    assert "Your earlier access is gone from here" not in home.get(PAGE).content.decode()


def test_26_other_account_that_is_somebody_elses_here(home, user, connect, google, make_user, work, fetch):
    noor = make_user("noor")
    hers = put_row("connections_automation", noor.reference, timezone.now(), scopes=NEEDED)
    connect(sign_in(Client(), noor), who=OMAR)
    connect(home, who=OMAR)
    work()
    assert fetch(hers, subject=noor.reference).status_code == 200


def test_27_hold_on_grants(home, user, monkeypatch, kept):
    from accounts.personaldata import categories

    monkeypatch.setattr(categories, "subjects_on_hold", lambda _name, _now: {user.reference})
    owned("DELETE FROM connections_automation")
    with db.use_role("worker"):
        sweep_unneeded(now=timezone.now())
    assert kept()[0] is not None


def test_28_github_sign_ins_at_once(user, office, monkeypatch):
    from accounts.connections.services import keep_github_token

    module = sys.modules["accounts.connections.services.github_grants"]
    encrypt, barrier, errors = module.encrypt, threading.Barrier(2), []

    def both(*args):
        with suppress(threading.BrokenBarrierError):
            barrier.wait(3)
        return encrypt(*args)

    monkeypatch.setattr(module, "encrypt", both)

    def go():
        try:
            with db.use_role("default"):
                keep_github_token(user, "7", "gho_x", now=timezone.now())
        except Exception as error:
            errors.append(repr(error))
        finally:
            databases.close_all()

    threads = [threading.Thread(target=go) for _ in range(2)]
    [t.start() for t in threads]
    [t.join() for t in threads]
    assert errors == []


def test_29_github_token_of_a_closed_account(user, office):
    from accounts.connections.services import keep_github_token

    owned("UPDATE identity_user SET is_active = false WHERE id = %s", user.pk)
    with suppress(Exception), db.use_role("default"):
        keep_github_token(user, "7", "gho_x", now=timezone.now())
    assert owned("SELECT count(*) FROM connections_githubgrant") == [(0,)]


def test_30_withhold_page_of_one_that_is_off_says_what_is_so(home, user):
    """Off ones with access can be taken away, too."""
    other = put_row("connections_automation", user.reference, timezone.now(), scopes=NEEDED, is_on=False)
    assert home.get(f"{PAGE}google/end/{other}/").status_code == 200


def test_31_stale_session_of_another_user(home, google, ask, make_user, kept):
    address = back_of(google, ask, home)
    sign_in(home, make_user("noor"))
    page = home.get(address, follow=True).content.decode()
    assert "belongs to no question" in page


def test_32_staff_outline_of_ended(home, user, invoices):
    owned(
        "INSERT INTO connections_endedautomation (id, subject, ended_at) VALUES (%s, %s, now())",
        invoices,
        user.reference,
    )
    body = owned(
        "SELECT prosrc FROM pg_proc WHERE proname IN ('connections_outline_automations', 'humanaccess_open_item')"
    )
    assert all("connections_endedautomation" in each for (each,) in body)


def test_33_no_number_below_zero(home, user, invoices):
    owned(
        "INSERT INTO connections_endedautomation (id, subject, ended_at) VALUES (%s, %s, now())",
        invoices,
        user.reference,
    )
    assert "-1 more" not in home.get(PAGE).content.decode()


@pytest.mark.parametrize("waits", [False, True])
def test_34_who_is_erased_has_it_ended_at_google(home, user, google, work, waits):
    """By `audit_shred`, or by the last step of a deletion during which test_01 happened."""
    if waits:
        home.post(f"{PAGE}google/end/")
    owned("UPDATE identity_user SET is_active = false WHERE id = %s", user.pk)
    with db.use_role("worker"):
        crypto_shred_subject(user.reference, actor=machine("console"), ground=ErasureGround.CLOSED, now=timezone.now())
    work()
    assert google.state()["google"]["grants"] == []


@pytest.mark.parametrize("purpose", ["right", "law"])
def test_35_a_restricted_grant_is_not_read_for_a_purpose_that_lending_never_has(steal, home, user, officer, purpose):
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
