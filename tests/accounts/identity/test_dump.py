"""A backup of both databases signs nobody in: every string in it tried, and every secret of the office looked for."""

import base64
import contextlib
import os
import re
import subprocess
from importlib import import_module
from urllib.parse import urlsplit, urlunsplit

import pytest
from allauth.account.models import EmailAddress, EmailConfirmation
from allauth.mfa.recovery_codes.internal.auth import RecoveryCodes
from allauth.mfa.utils import decrypt
from allauth.usersessions.models import UserSession
from asgiref.sync import async_to_sync
from django.contrib.sessions.models import Session
from django.core import mail
from django.db import IntegrityError, connections
from django.test import Client
from django.utils import timezone

from accounts.identity.errors import IdentityError
from accounts.identity.roles import Role
from accounts.identity.services import find_invitation, invite_staff
from accounts.identity.session_store import SessionStore, row_key
from accounts.workloads.services import make_token
from audit.log.actors import machine
from audit.tokens.services import make_reader_token
from core import db
from omegaoffice.dev.embedded.postgres import Postgres
from tests.signin import set_up_totp, sign_in

PASS = "canary pass phrase 71"
#: where people sign in, and where machines do
PAGE, INGEST, LOG = "/settings/letters/", "/api/v1/ingest/auto", "/api/v1/audit/entries"


def dump():
    """Return both databases as `pg_dump` writes them for a backup."""
    parts = urlsplit(os.environ["OFFICE_TEST_ADMIN_URL"])
    texts = []
    for alias in ("default", "vault"):
        url = urlunsplit(parts._replace(path="/" + connections[alias].settings_dict["NAME"]))
        command = [Postgres.binaries() / "bin" / "pg_dump", "--data-only", url]
        texts.append(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
    return "\n".join(texts)


def as_cookie(cookie):
    browser = Client()
    browser.cookies["sessionid"] = cookie
    return browser.get(PAGE).status_code


def opened_by(token):
    """Return whether the platform's API takes the token, and whether the log's does."""
    auth = {"Authorization": f"Bearer {token}"}
    ingest = Client().post(INGEST, "", content_type="application/x-ndjson", headers=auth)
    return ingest.status_code != 401, Client().get(LOG, headers=auth).status_code != 401


def invites(token):
    with db.use_role("staff"), contextlib.suppress(IdentityError):
        return find_invitation(token, now=timezone.now())


def last_code():
    return re.search(r"^\s*([A-Z0-9]{3,4}-?[A-Z0-9]{3,4})\s*$", mail.outbox[-1].body, re.MULTILINE)[1]


def cookie_of(browser):
    return browser.cookies["sessionid"].value


@pytest.fixture
def omar(make_user):
    person = make_user("omar", password=PASS)
    EmailAddress.objects.create(user=person, email=person.email, verified=True, primary=True)
    return person


@pytest.fixture
def secrets(omar, make_staff):
    """Bring the office into every state that holds a secret, and return secret → what it is."""
    found = {PASS: "password"}
    signed_in, coded, signing_up, resetting, invited, adding, stepping = (Client() for _ in range(7))
    signed_in.post("/accounts/login/", {"login": omar.email, "password": PASS})
    coded.post("/accounts/login/code/", {"email": omar.email})
    found[last_code()] = "code of a sign-in"
    new = {"email": "nadia@example.org", "username": "nadia", "password1": PASS, "password2": PASS}
    signing_up.post("/accounts/signup/", new)
    found[last_code()] = "code that confirms an address"
    resetting.post("/accounts/password/reset/", {"email": omar.email})
    link = re.search(r"/accounts/password/reset/key/\S+", mail.outbox[-1].body)[0]
    resetting.get(link)
    found[link.rstrip("/").rpartition("/")[2].partition("-")[2]] = "key of a password reset"
    admin = make_staff("adam", Role.ADMINISTRATOR)
    now = timezone.now()
    with db.use_role("staff"):
        found[invite_staff(email="ines@example.org", roles=[Role.SUPPORT], actor=admin, now=now)[1]] = "invitation"
        found[make_token("platform", actor=machine("console"), now=now)[1]] = "service token"
        reader = make_reader_token("siem", scopes=["entries"], days=9, actor=machine("console"), now=now)
        found[reader[1]] = "reader token"
    invited.get(f"/accounts/invitation/{next(text for text, what in found.items() if what == 'invitation')}/")
    sign_in(adding, omar, fresh=True)
    adding.post("/accounts/email/", {"email": "omar2@example.org", "action_add": ""})
    found[last_code()] = "code that confirms another address"
    found[adding.get("/accounts/2fa/totp/activate/").context["form"].secret] = "app that is half set up"
    staff = sign_in(Client(), admin, mfa=True, fresh=True)
    found[decrypt(set_up_totp(admin).data["secret"])] = "secret of an app"
    codes = RecoveryCodes.activate(admin)
    found |= dict.fromkeys(codes.get_unused_codes(), "recovery code")
    found[decrypt(codes.instance.data["seed"])] = "seed of recovery codes"
    sign_in(stepping, omar)
    stepping.post("/settings/step-up/", {"way": "mail", "send": "1"})
    for browser in (signed_in, coded, signing_up, resetting, invited, adding, stepping, staff):
        found[cookie_of(browser)] = "cookie"
    return found


def forms_of(secret):
    plain = secret.encode()
    return {secret, plain.hex(), plain.hex().upper(), *(c(plain).decode().rstrip("=") for c in (
        base64.b64encode, base64.urlsafe_b64encode
    ))}  # fmt: skip


def strings_of(text):
    """Return every value, every word in one, and what those in hexadecimal say."""
    values = {value for line in text.splitlines() for value in line.split("\t")}
    for value in [value for value in values if value.startswith("\\\\x")]:
        values.add(bytes.fromhex(value.removeprefix("\\\\x")).decode("latin-1"))
    words = {word for value in values for word in re.findall(r"[A-Za-z0-9_.~-]{8,}", value)}
    return words | {value for value in values if re.fullmatch(r"[!-~]{8,4000}", value)}


def test_no_string_in_a_dump_signs_in_and_no_secret_is_in_it(secrets):
    text = dump()
    strings = strings_of(text)
    kinds = {what: secret for secret, what in secrets.items()}
    assert len(kinds) == 13
    assert row_key(kinds["cookie"]) in strings
    open_values = text + "\n".join(strings)
    assert [what for secret, what in secrets.items() for form in forms_of(secret) if form in open_values] == []
    assert not EmailConfirmation.objects.exists()

    signed_in = next(secret for secret, what in secrets.items() if what == "cookie")
    assert as_cookie(signed_in) == 200
    assert opened_by(kinds["service token"]) == (True, False)
    assert opened_by(kinds["reader token"]) == (False, True)
    assert invites(kinds["invitation"])
    assert len(strings) > 200
    for string in strings:
        assert as_cookie(string) == 302
        assert not invites(string)
    for string in (string for string in strings if len(string) >= 20):
        assert opened_by(string) == (False, False)


@pytest.mark.parametrize("table", ["django_session", "usersessions_usersession"])
def test_the_database_takes_no_cookie_in_clear(client, omar, table):
    client.post("/accounts/login/", {"login": omar.email, "password": PASS})
    with connections["default"].cursor() as cursor:
        with pytest.raises(IntegrityError, match="key_is_hash"):
            cursor.execute(f"UPDATE {table} SET session_key = %s", [cookie_of(client)])
        cursor.execute(f"SELECT session_key FROM {table}")
        assert cursor.fetchall() == [(row_key(cookie_of(client)),)]


def test_the_upgrade_ends_the_sessions_of_before(client, omar):
    client.post("/accounts/login/", {"login": omar.email, "password": PASS})
    cookie = cookie_of(client)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE django_session DROP CONSTRAINT session_key_is_hash")
        cursor.execute("ALTER TABLE usersessions_usersession DROP CONSTRAINT usersessions_key_is_hash")
        for table in ("django_session", "usersessions_usersession"):
            cursor.execute(f"UPDATE {table} SET session_key = %s", [cookie])
        cursor.execute(import_module("accounts.identity.migrations.0007_sessions_by_hash").HASHED)
    assert as_cookie(cookie) == 302
    assert not Session.objects.exists()
    assert not UserSession.objects.exists()


def test_asynchronous_callers_find_sessions_by_their_hash_too(office):
    store = SessionStore()
    store["note"] = "kept"
    async_to_sync(store.asave)()
    assert async_to_sync(SessionStore(store.session_key).aload)() == {"note": "kept"}
    assert async_to_sync(SessionStore(row_key(store.session_key)).aload)() == {}
    assert async_to_sync(store.aexists)(store.session_key)
    async_to_sync(store.adelete)()
    assert not store.exists(store.session_key)


def test_content_moved_to_another_sessions_row_does_not_open(client, omar):
    sign_in(client, omar)
    other = SessionStore()
    other.create()
    with connections["default"].cursor() as cursor:
        cursor.execute(
            "UPDATE django_session SET session_data = (SELECT session_data FROM django_session WHERE session_key = %s)",
            [row_key(cookie_of(client))],
        )
    assert as_cookie(cookie_of(client)) == 200
    assert as_cookie(other.session_key) == 302
