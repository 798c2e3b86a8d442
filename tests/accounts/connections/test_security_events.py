"""Google's security events, signed by the practice provider: which are taken, what each ends, and that once."""

import threading
from base64 import urlsafe_b64encode
from datetime import timedelta

import jwt
import orjson
import pytest
import requests
import time_machine
from allauth.socialaccount.models import SocialAccount
from allauth.usersessions.models import UserSession
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from django.contrib.sessions.models import Session
from django.db import connections
from django.test import Client
from django.utils import timezone

from accounts.connections import google as google_api, security_events, tasks, webhooks
from accounts.connections.models import SecurityEvent
from accounts.connections.services import settle_event, sweep_events
from accounts.identity.session_store import row_key
from audit.log.models import Entry
from core import db
from omegaoffice.dev.practice.endpoints import GOOGLE_CLIENT_ID
from tests.accounts.connections.conftest import PAGE
from tests.accounts.connections.test_google import connected, home, invoices  # noqa: F401  fixtures
from tests.signin import sign_in
from tests.stolen.conftest import steal  # noqa: F401  a fixture

URL, MEDIA_TYPE = "/webhooks/google/", "application/secevent+jwt"
LAYLAS = "100000000000000000001"
FAR = {"subject_type": "iss-sub", "iss": "https://issuer.example/", "sub": LAYLAS}


@pytest.fixture(autouse=True)
def keys(monkeypatch):
    """No keys of Google known yet, and none asked for too lately."""
    monkeypatch.setattr(security_events, "KEYS", security_events.KeySet())
    monkeypatch.setattr(security_events, "PAUSE", 0.0)


@pytest.fixture
def post(office, google):
    """Post a body as Google does: `post(token)`."""
    return lambda token, **more: Client().post(URL, token, **{"content_type": MEDIA_TYPE, **more})


@pytest.fixture
def told(post, google):
    """Let Google tell something of layla's account, and settle it: `told("tokens-revoked")` gives the stored event."""

    def tell(event, sub=LAYLAS, **more):
        assert post(google.risc(event, sub, **more)["token"]).status_code == 202
        with db.use_role("worker"):
            sweep_events(now=timezone.now())
            return SecurityEvent.objects.order_by("received_at").last()

    return tell


@pytest.fixture
def signed_in(connected, user):  # noqa: F811
    """Connected, and signing in with that account of Google from two places."""
    SocialAccount.objects.create(user=user, provider="google", uid=LAYLAS)
    keep_session(connected, user)
    keep_session(sign_in(Client(), user), user)
    return connected


@pytest.fixture
def subject(google):
    """Return how Google names layla's account, but for what is given: `subject(sub="x")`."""
    return lambda **other: (
        {
            "subject_type": "iss-sub",
            "iss": f"{google.base_url}/google/",
            "sub": LAYLAS,
        }
        | other
    )


def stored():
    with db.use_role("worker"):
        return list(SecurityEvent.objects.order_by("received_at"))


def entries(event="connections.event.received"):
    with db.use_role("auditor"):
        found = Entry.objects.filter(event=event).order_by("id")
        return [(entry.subject, orjson.loads(bytes(entry.leaf))["payload"]) for entry in found]


def keep_session(client, user):
    """Note a session as signing in by the pages does."""
    key = row_key(client.session.session_key)
    UserSession.objects.create(user=user, session_key=key, ip="192.0.2.7", user_agent="Firefox")


def sessions(user):
    """Return how many sessions the person has, by the list of their own and by the table of all."""
    with db.use_role("default"):
        return UserSession.objects.filter(user=user).count(), Session.objects.count()


def refused(answer, code):
    assert (answer.status_code, answer.json()["err"]) == (400, code)
    assert answer["Content-Language"] == "en"
    assert LAYLAS not in answer.content.decode()
    assert stored() == []


# ---- what is taken


def test_what_google_signed_is_taken_and_waits_for_the_worker(post, google):
    answer = post(google.risc("sessions-revoked", LAYLAS, jti="n1", iat=1508184845)["token"])
    assert (answer.status_code, answer.content) == (202, b"")
    [event] = stored()
    assert (event.jti, event.kind, event.identified_by, event.identifier) == (
        "n1",
        "sessions-revoked",
        "account",
        LAYLAS,
    )
    assert (int(event.issued_at.timestamp()), event.settled_at) == (1508184845, None)


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"key": "unknown"}, "invalid_key"),
        ({"aud": "somebody-else"}, "invalid_audience"),
        ({"iss": "https://accounts.google.com/"}, "invalid_issuer"),
        ({"jti": ""}, "invalid_request"),
        ({"jti": "x" * 256}, "invalid_request"),
        ({"jti": "a\x00b"}, "invalid_request"),
        ({"iat": -1}, "invalid_request"),
        ({"iat": 10**30}, "invalid_request"),
        ({"details": {"subject": FAR}}, "invalid_request"),
        ({"details": {"subject": LAYLAS}}, "invalid_request"),
        ({"details": {"subject": {**FAR, "sub": 1}}}, "invalid_request"),
    ],
)
def test_what_is_forged_or_meant_for_others_is_refused(post, google, wrong, code):
    refused(post(google.risc("tokens-revoked", LAYLAS, **wrong)["token"]), code)


def test_a_time_ahead_of_ours_is_taken_for_five_minutes(post, google):
    ahead = int(timezone.now().timestamp()) + 240
    assert post(google.risc("tokens-revoked", LAYLAS, iat=ahead)["token"]).status_code == 202
    late = google.risc("tokens-revoked", LAYLAS, iat=ahead + 120)["token"]
    assert (post(late).status_code, len(stored())) == (400, 1)


def rewritten(token, header=None, **claims):
    """Return the parts of a token, with another header and other claims, unsigned."""
    header = jwt.get_unverified_header(token) | (header or {})
    claims = jwt.decode(token, options={"verify_signature": False}) | claims
    return b".".join(urlsafe_b64encode(orjson.dumps(part)).rstrip(b"=") for part in (header, claims))


def test_nothing_unsigned_or_signed_with_the_public_key_is_taken(post, google):
    token = google.risc("tokens-revoked", LAYLAS)["token"]
    head, _body, signature = token.encode().split(b".")
    changed = rewritten(token, jti="other")
    refused(post(changed + b"." + signature), "authentication_failed")
    refused(post(rewritten(token, {"alg": "none"}) + b"."), "authentication_failed")
    refused(post(changed + b"."), "authentication_failed")
    [key] = requests.get(f"{google.base_url}/google/oauth2/v3/certs", timeout=9).json()["keys"]
    public = jwt.PyJWK(key).key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    signed = rewritten(token, {"alg": "HS256"})
    hmac = jwt.algorithms.HMACAlgorithm(jwt.algorithms.HMACAlgorithm.SHA256)
    refused(post(signed + b"." + urlsafe_b64encode(hmac.sign(signed, public)).rstrip(b"=")), "authentication_failed")
    refused(post(head + b".e30."), "authentication_failed")


@pytest.mark.parametrize(
    "body",
    [b"x", b"a.b.c", b"\xff\xfe", b"{}", b"e30.e30.", urlsafe_b64encode(b"[" * 40_000) + b".e30.e30"],
)
def test_what_is_no_token_is_refused(post, body):
    assert post(body).status_code == 400
    assert stored() == []


@pytest.mark.parametrize(
    "claims",
    [
        {"events": {}},
        {"events": [1]},
        {"events": {"a": {}, "b": {}}},
        {"iat": True},
        {"iat": "1"},
        {"jti": 5},
        {"jti": None},
    ],
)
def test_claims_of_another_shape_are_refused(post, google, monkeypatch, claims):
    """Even if Google signed them, which the practice provider does not."""
    token = rewritten(google.risc("verification", LAYLAS)["token"], **claims) + b".x"
    decode = jwt.decode
    unverified = {"verify_signature": False}
    monkeypatch.setattr(
        security_events.jwt, "decode", lambda given, *_, **kw: decode(given, options=kw["options"] | unverified)
    )
    refused(post(token), "invalid_request")


def test_only_posts_of_the_media_type_and_a_modest_size_are_read(post, google, monkeypatch):
    token = google.risc("tokens-revoked", LAYLAS)["token"]
    for method in ("get", "head", "put", "delete", "options"):
        assert getattr(Client(), method)(URL).status_code == 405
    assert post(token, content_type="application/jwt").status_code == 415
    assert Client().post(URL, {"token": token}).status_code == 415
    assert post(b"x" * (webhooks.MOST_BODY + 1)).status_code == 413
    assert Client().post(f"{URL}more/", token, content_type=MEDIA_TYPE).status_code == 404
    assert stored() == []


def test_no_session_is_read_and_no_form_token_asked_for(post, google, user):
    client = sign_in(Client(enforce_csrf_checks=True), user)
    answer = client.post(URL, google.risc("tokens-revoked", "1")["token"], content_type=MEDIA_TYPE)
    assert (answer.status_code, answer.cookies) == (202, {})


def test_without_a_client_at_google_there_is_no_such_address(post, google, settings):
    token = google.risc("tokens-revoked", LAYLAS)["token"]
    settings.SOCIALACCOUNT_PROVIDERS = settings.SOCIALACCOUNT_PROVIDERS | {"google": {"APPS": []}}
    assert post(token).status_code == 404


def test_who_is_refused_too_often_waits(post, google, settings):
    token = google.risc("tokens-revoked", LAYLAS)["token"]
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"refused_event": "2/m/ip"}
    assert [post("x").status_code for _ in range(2)] == [400, 400]
    answer = post(token)
    assert (answer.status_code, answer["Retry-After"]) == (429, "60")
    with time_machine.travel(timezone.now() + timedelta(seconds=61)):
        assert [post(token).status_code for _ in range(3)] == [202] * 3


# ---- keys


@pytest.fixture
def fetches(monkeypatch):
    """Count how often Google is asked for its keys."""
    found, fetch = [], security_events._fetch
    monkeypatch.setattr(security_events, "_fetch", lambda address: found.append(address) or fetch(address))
    return found


def test_a_new_key_is_fetched_and_one_no_longer_published_is_refused(post, google, fetches):
    assert post(google.risc("tokens-revoked", LAYLAS)["token"]).status_code == 202
    google.rotate()
    assert post(google.risc("tokens-revoked", LAYLAS, key="old")["token"]).status_code == 202
    assert len(fetches) == 1
    assert post(google.risc("tokens-revoked", LAYLAS)["token"]).status_code == 202
    assert len(fetches) == 2
    google.rotate()
    google.rotate(drop=True)
    assert post(google.risc("tokens-revoked", LAYLAS)["token"]).status_code == 202
    answer = post(google.risc("tokens-revoked", LAYLAS, key="old")["token"])
    assert (answer.status_code, answer.json()["err"], len(stored())) == (400, "invalid_key", 4)


def test_forged_events_do_not_make_us_ask_google_again_and_again(post, google, fetches, monkeypatch):
    monkeypatch.setattr(security_events, "PAUSE", 10.0)
    for _ in range(5):
        assert post(google.risc("tokens-revoked", LAYLAS, key="unknown")["token"]).status_code == 400
    assert len(fetches) == 1
    assert post(google.risc("tokens-revoked", LAYLAS)["token"]).status_code == 202


def test_while_its_keys_cannot_be_had_google_is_asked_to_come_back(post, google, settings, fetches, monkeypatch):
    token, there = google.risc("tokens-revoked", LAYLAS)["token"], settings.GOOGLE_ENDPOINTS
    for wrong in ("http://127.0.0.1:1/", f"{google.base_url}/nowhere", f"{google.base_url}/google/.well-known/x"):
        settings.GOOGLE_ENDPOINTS = there | {"keys": wrong}
        answer = post(token)
        assert (answer.status_code, answer["Retry-After"], stored()) == (503, "60", [])
    monkeypatch.setattr(security_events, "PAUSE", 10.0)
    assert (post(token).status_code, len(fetches)) == (503, 3)
    settings.GOOGLE_ENDPOINTS = there
    assert post(token).status_code == 202


def test_keys_are_fetched_anew_after_an_hour_and_not_used_without(post, google, settings, fetches, monkeypatch):
    token = google.risc("tokens-revoked", LAYLAS)["token"]
    assert post(token).status_code == 202
    monkeypatch.setattr(security_events, "KEEP", -1.0)
    assert (post(token).status_code, len(fetches)) == (202, 2)
    monkeypatch.setattr(security_events, "PAUSE", 10.0)
    assert post(token).status_code == 503


# ---- what each kind ends


def effect(user, grant, ended):
    """Return the payload of the one entry about this person."""
    [(subject, payload)] = entries()
    assert subject == user.reference
    return (payload["grant"], payload["sessions"]) == (grant, ended)


@pytest.mark.parametrize("kind", ["tokens-revoked", "account-disabled"])
def test_an_account_that_is_shut_or_gives_nothing_any_more_ends_grant_and_sessions(
    signed_in, told, kept, user, work, kind
):
    event = told(kind)
    grant, [ended] = kept()
    assert (grant, ended.reason, event.outcome) == (None, "google", "acted")
    assert sessions(user) == (0, 0)
    assert effect(user, "ended", 2)
    [(_subject, payload)] = entries("identity.session.ended")
    assert payload == {"count": 2, "reason": "told by Google"}
    assert len(entries("connections.grant.wiped")) == 1


def test_what_the_person_ended_here_and_google_tells_as_well_signs_nobody_out(signed_in, told, kept, user, work):
    signed_in.post(f"{PAGE}google/end/")
    assert work() == 1
    open_ones = sessions(user)
    assert told("tokens-revoked").outcome == "nobody"
    assert sessions(user) == open_ones
    assert told("account-disabled").outcome == "acted"
    assert sessions(user) == (0, 0)


def test_after_an_end_of_ones_own_and_a_new_grant_google_is_believed_again(signed_in, told, kept, user, work, connect):
    signed_in.post(f"{PAGE}google/end/")
    assert work() == 1
    connect(signed_in)
    with connections["owner"].cursor() as cursor:  # Google's times have no fractions
        cursor.execute("UPDATE connections_googlegrant SET changed_at = changed_at - interval '2 seconds'")
    assert told("tokens-revoked").outcome == "acted"
    assert sessions(user) == (0, 0)


def test_long_after_the_end_was_confirmed_too(signed_in, told, user, work):
    signed_in.post(f"{PAGE}google/end/")
    assert work() == 1
    with connections["owner"].cursor() as cursor:
        cursor.execute(
            "UPDATE connections_revocation SET asked_at = asked_at - interval '1 hour', "
            "confirmed_at = confirmed_at - interval '1 hour'"
        )
    assert told("tokens-revoked").outcome == "acted"
    assert sessions(user) == (0, 0)


def test_sessions_that_ended_at_google_end_here_and_the_grant_stays(signed_in, told, kept, user):
    assert told("sessions-revoked").outcome == "acted"
    assert kept()[0] is not None
    assert sessions(user) == (0, 0)
    assert effect(user, "none", 2)
    assert signed_in.get(PAGE).status_code == 302


@pytest.mark.parametrize("by", ["hash", "prefix"])
def test_a_token_that_was_taken_back_ends_its_grant_and_no_session(signed_in, told, kept, user, work, google, by):
    details = {}
    if by == "prefix":
        [token] = token_of(kept()[0])
        named = {"subject_type": "oauth_token", "token_type": "refresh_token"}
        details = {"details": {"subject": named | {"token_identifier_alg": "prefix", "token": token[:16]}}}
    event = told("token-revoked", **details)
    grant, [ended] = kept()
    assert (grant, ended.reason, event.outcome) == (None, "google", "acted")
    assert sessions(user)[0] == 2
    assert effect(user, "ended", 0)
    assert "it ended at Google" in signed_in.get(PAGE).content.decode()


def token_of(grant):
    """Return the token of a grant, decrypted."""
    from accounts.connections.events import REVOCATION_TRIED
    from audit.log.actors import machine
    from audit.log.append import append
    from vault.services import decryptor

    now = timezone.now()
    with db.use_role("worker"):
        with db.atomic(durable=True):
            payload = {"revocation": str(grant.pk), "attempt": 1}
            entry = append(REVOCATION_TRIED, actor=machine("test"), subject=grant.subject, now=now, payload=payload)
        yield decryptor(grant.subject, entry).decrypt(grant.encryption_context, grant.sealed).decode()


@pytest.mark.parametrize(
    ("event", "kind"),
    [
        ("account-enabled", "account-enabled"),
        ("account-purged", "account-purged"),
        ("account-credential-change-required", "account-credential-change-required"),
        ("https://example.org/event-type/tokens-revoked", "unknown"),
    ],
)
def test_other_kinds_are_noted_and_change_nothing(signed_in, told, kept, user, event, kind):
    found = told(event)
    assert (found.kind, found.outcome, found.identified_by) == (kind, "noted", "")
    assert kept()[0] is not None
    assert sessions(user)[0] == 2
    assert entries() == []


def test_a_test_of_the_delivery_is_logged(told):
    event = told("verification", details={"state": "for Google", "subject": {}})
    [(subject, payload)] = entries()
    assert (subject, payload["kind"], payload["event"]) == (None, "verification", str(event.pk))


@pytest.mark.parametrize("kind", ["tokens-revoked", "sessions-revoked", "account-disabled"])
def test_an_event_about_nobody_here_leaves_its_number_alone(signed_in, told, kept, user, kind):
    event = told(kind, "100000000000000000009")
    assert (event.outcome, event.identifier) == ("nobody", "")
    assert kept()[0] is not None
    assert sessions(user)[0] == 2
    assert entries() == []


def test_everybody_whom_an_account_concerns_is_told_apart(connected, told, kept, make_user):  # noqa: F811
    noor = make_user("noor")
    SocialAccount.objects.create(user=noor, provider="google", uid=LAYLAS)
    SocialAccount.objects.create(user=make_user("sami"), provider="github", uid=LAYLAS)
    keep_session(sign_in(Client(), noor), noor)
    assert told("tokens-revoked").outcome == "acted"
    found = {subject: (payload["grant"], payload["sessions"]) for subject, payload in entries()}
    assert found == {kept()[1][0].subject: ("ended", 0), noor.reference: ("none", 1)}


# ---- duplicated, reordered, late, lost


def test_the_same_event_again_changes_nothing(signed_in, told, google, post, connect, kept, user):
    token = google.risc("tokens-revoked", LAYLAS, jti="once")["token"]
    assert [post(token).status_code for _ in range(2)] == [202, 202]
    assert len(stored()) == 1
    assert told("tokens-revoked", jti="once").outcome == "acted"
    keep_session(sign_in(Client(), user), user)
    assert post(token).status_code == 202
    with db.use_role("worker"):
        assert sweep_events(now=timezone.now()) == 0
    assert (sessions(user)[0], len(stored()), len(entries())) == (1, 1, 1)


def test_an_event_from_before_the_grant_does_not_end_it(connected, told, kept, user):  # noqa: F811
    earlier = int(kept()[0].changed_at.timestamp()) - 1
    assert told("tokens-revoked", iat=earlier).outcome == "stale"
    assert kept()[0] is not None
    assert effect(user, "stale", 0)
    assert told("tokens-revoked", iat=earlier + 1).outcome == "acted"  # in the same second: to be sure
    assert kept()[0] is None


def test_an_event_whose_number_may_have_been_forgotten_ends_nothing(signed_in, told, kept, user):
    event = told("account-disabled", iat=int((timezone.now() - timedelta(days=91)).timestamp()))
    assert (event.outcome, event.identifier, sessions(user)[0]) == ("stale", "", 2)


def test_the_worker_is_woken_with_the_number_of_the_row_alone(post, google, monkeypatch):
    woken = []
    monkeypatch.setattr("core.enqueue._send", lambda *message: woken.append(message))
    post(google.risc("sessions-revoked", LAYLAS)["token"])
    [event] = stored()
    assert woken == [("connections.settle_event", (str(event.pk),))]
    tasks.settle_event(str(event.pk))
    assert stored()[0].outcome == "nobody"


def test_an_event_whose_message_was_lost_is_taken_up_by_the_sweep(connected, post, google, kept):  # noqa: F811
    post(google.risc("tokens-revoked", LAYLAS)["token"])
    assert kept()[0] is not None
    tasks.sweep()
    assert kept()[0] is None
    assert stored()[0].settled_at is not None


def test_two_workers_settle_one_event_once(signed_in, post, google, user):
    post(google.risc("tokens-revoked", LAYLAS)["token"])
    [event] = stored()
    found, start = [], threading.Barrier(2)

    def work():
        with db.use_role("worker"):
            start.wait()
            found.append(settle_event(event.pk, now=timezone.now()))
            connections["worker"].close()

    workers = [threading.Thread(target=work) for _ in range(2)]
    for each in workers:
        each.start()
    for each in workers:
        each.join()
    assert sorted(found) == [False, True]
    written = ("connections.event.received", "connections.grant.wiped", "identity.session.ended")
    assert [len(entries(event)) for event in written] == [1, 1, 1]


def test_an_effect_that_fails_leaves_the_event_for_the_next_sweep(signed_in, post, google, kept, user, monkeypatch):
    post(google.risc("tokens-revoked", LAYLAS)["token"])
    end = "accounts.connections.services.security_event.end_all_sessions"
    with monkeypatch.context() as broken, db.use_role("worker"):
        broken.setattr(end, lambda *_args, **_more: 1 / 0)
        assert sweep_events(now=timezone.now()) == 0
    assert kept()[0] is not None
    assert (stored()[0].settled_at, entries()) == (None, [])
    with db.use_role("worker"):
        assert sweep_events(now=timezone.now() + timedelta(minutes=2)) == 1
    assert kept()[0] is None


# ---- what stays, and the database's own rules


def test_no_byte_of_the_account_id_stays(signed_in, told, work, kept):
    grant = kept()[0]
    for kind in ("token-revoked", "tokens-revoked", "sessions-revoked", "account-disabled"):
        told(kind)
    work()
    with connections["owner"].cursor() as cursor:
        cursor.execute("DELETE FROM socialaccount_socialaccount")  # the sign-in method that the person has
    for alias in ("owner", "vault_owner"):
        with connections[alias].cursor() as cursor:
            cursor.execute("SELECT table_name FROM information_schema.tables WHERE table_schema = 'public'")
            for (table,) in cursor.fetchall():
                for told_of in (LAYLAS, grant.token_hash, grant.prefix_hash):
                    cursor.execute(f'SELECT count(*) FROM "{table}" t WHERE t::text LIKE %s', [f"%{told_of}%"])
                    assert cursor.fetchone() == (0,), table
    with db.use_role("auditor"):
        assert not [entry for entry in Entry.objects.all() if LAYLAS.encode() in bytes(entry.leaf)]


def test_numbers_are_forgotten_after_ninety_days_and_no_day_before(post, google, steal):  # noqa: F811
    post(google.risc("verification", LAYLAS, jti="new")["token"])
    add = (
        "INSERT INTO connections_securityevent "
        "SELECT gen_random_uuid(), 'old', kind, issued_at, %s, '', '', now(), 'noted' FROM connections_securityevent"
    )
    gone = "WITH gone AS (DELETE FROM connections_securityevent RETURNING jti) SELECT jti FROM gone"
    with connections["owner"].cursor() as cursor:
        cursor.execute(add, [timezone.now() - timedelta(days=90, minutes=1)])
        assert steal("office_worker").run(gone) == [("old",)]
        cursor.execute("UPDATE connections_securityevent SET received_at = %s", [timezone.now() - timedelta(days=91)])
    with db.use_role("worker"):
        sweep_events(now=timezone.now())
    assert stored() == []


_ADD = (
    "INSERT INTO connections_securityevent "
    "(id, jti, kind, issued_at, received_at, identified_by, identifier, settled_at, outcome) "
    "VALUES (gen_random_uuid(), %s, 'tokens-revoked', now(), now(), 'account', %s, %s, %s)"
)


def test_ingest_adds_unsettled_events_and_nothing_else(post, google, steal):  # noqa: F811
    post(google.risc("tokens-revoked", LAYLAS)["token"])
    thief = steal("office_ingest")
    thief.run(_ADD, "mine", "1", None, "")
    assert "row-level security" in thief.fails(_ADD, "done", "", timezone.now(), "acted")
    for statement in (
        "SELECT jti FROM connections_securityevent",
        "UPDATE connections_securityevent SET settled_at = now(), outcome = 'noted', identifier = ''",
        "DELETE FROM connections_securityevent",
    ):
        assert "permission denied" in thief.fails(statement)
    for role in ("office_self", "office_staff", "office_auditor", "office_sequencer"):
        assert "permission denied" in steal(role).fails("SELECT jti FROM connections_securityevent")


def test_what_is_settled_stays_so_and_keeps_nobody_s_id(told, steal):  # noqa: F811
    event = told("tokens-revoked")
    thief, owner = steal("office_worker"), steal("office_owner")
    changed = "UPDATE connections_securityevent SET outcome = 'acted', settled_at = now() RETURNING jti"
    assert thief.run(changed) == []
    assert "permission denied" in thief.fails("UPDATE connections_securityevent SET jti = 'x'")
    assert "permission denied" in thief.fails(_ADD, "x", "1", None, "")
    again = "UPDATE connections_securityevent SET settled_at = NULL, outcome = '' WHERE id = %s"
    assert "stays ended" in owner.fails(again, event.pk)
    named = "UPDATE connections_securityevent SET identifier = '1' WHERE id = %s"
    assert "connections_event_settled" in owner.fails(named, event.pk)


def test_the_audience_is_the_client_of_the_office(google):
    assert google_api.is_set_up()
    token = google.risc("verification", LAYLAS)["token"]
    assert security_events.verify_event(token.encode(), now=timezone.now()).kind == "verification"
    assert jwt.decode(token, options={"verify_signature": False})["aud"] == GOOGLE_CLIENT_ID
