"""A new key-encryption key: each key wrapped again, resumed when killed, nothing lost, the old one kept if needed."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from allauth.mfa.models import Authenticator
from django.core.management import CommandError, call_command
from django.test import Client

from accounts.identity.encrypted_factors import decrypt_factor
from accounts.identity.session_store import SessionStore
from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from core import db
from core.errors import DecryptionError
from omegaoffice.db import compare
from tests.signin import set_up_totp, sign_in
from vault.errors import KekMissingError, KeyDestroyedError
from vault.models import SubjectKey
from vault.services import (
    count_by_kek,
    decryptor,
    destroy_key,
    encrypt,
    forget_cached_keys,
    missing_keks,
    rewrap_keys,
)
from vault.services.subject_keys import CACHE_SECONDS, current_kek

ROOT = Path(__file__).resolve().parent.parent.parent
READ = EventType("vault.test.read", "read", authorises_decryption=True)
NEW = "ab" * 32


@pytest.fixture(autouse=True)
def _events(monkeypatch):
    monkeypatch.setitem(event_types._events, READ.name, READ)


@pytest.fixture
def new_kek(settings):
    """Take the new key into use; the old one stays known."""

    def take():
        settings.OFFICE_KEK_PREVIOUS = [settings.OFFICE_KEK]
        settings.OFFICE_KEK = NEW
        forget_cached_keys()

    return take


def people(count):
    return [f"{number:032x}" for number in range(1, count + 1)]


def opened(reference, blob, now):
    forget_cached_keys()
    with db.use_role("worker"):
        with db.atomic():
            entry = append(READ, actor=machine("t"), subject=reference, now=now)
        return decryptor(reference, entry).decrypt("t.c:1", blob)


def test_values_open_before_while_and_after(office, now, settings, new_kek):
    blobs = {reference: encrypt(reference, "t.c:1", b"value") for reference in people(5)}
    new_kek()
    for reference, blob in blobs.items():
        assert opened(reference, blob, now) == b"value"
    assert next(rewrap_keys(batch=2)) == 2
    for reference, blob in blobs.items():
        assert opened(reference, blob, now) == b"value"
    assert list(rewrap_keys(batch=2)) == [2, 1]
    assert list(rewrap_keys()) == []
    settings.OFFICE_KEK_PREVIOUS = []
    assert count_by_kek() == {current_kek()[1]: 5}
    for reference, blob in blobs.items():
        assert opened(reference, blob, now) == b"value"


def test_a_key_is_bound_to_its_kek_subject_and_version(office, now, new_kek):
    one, other = people(2)
    blob = encrypt(one, "t.c:1", b"value")
    encrypt(other, "t.c:1", b"value")
    new_kek()
    list(rewrap_keys())
    row = SubjectKey.objects.get(reference=one)
    for change in ({"wrapped": SubjectKey.objects.get(reference=other).wrapped}, {"version": 2}):
        SubjectKey.objects.filter(reference=one).update(**change)
        with pytest.raises(DecryptionError):
            opened(one, blob, now)
        SubjectKey.objects.filter(reference=one).update(wrapped=row.wrapped, version=row.version)
    assert opened(one, blob, now) == b"value"


def test_a_key_destroyed_meanwhile_stays_destroyed(office, now, new_kek, monkeypatch):
    from vault.services import rotate_kek

    one, other = people(2)
    encrypt(one, "t.c:1", b"value")
    encrypt(other, "t.c:1", b"value")
    new_kek()
    unwrap = rotate_kek.unwrap

    def shred_first(row):
        if row.reference == one:
            destroy_key(one, now=now)
        return unwrap(row)

    monkeypatch.setattr(rotate_kek, "unwrap", shred_first)
    assert list(rewrap_keys()) == [1]
    assert SubjectKey.objects.get(reference=one).wrapped is None
    with pytest.raises(KeyDestroyedError):
        encrypt(one, "t.c:2", b"more")


def test_machine_secrets_and_sessions_are_encrypted_again(office, user, settings, new_kek, capsys):
    factor = set_up_totp(user)
    clear = decrypt_factor(factor.data["secret"])
    session = sign_in(Client(), user).session
    new_kek()
    with db.use_role("default"):
        assert SessionStore(session.session_key).load()["_auth_user_id"] == str(user.pk)
    call_command("vault_rotate_kek")
    output = capsys.readouterr().out
    assert "second factors: 1 of 1 encrypted again" in output
    assert "sessions: 1 of 1 encrypted again" in output
    assert "keys of log exports: 0 of 0" in output
    assert "Every key is wrapped by OFFICE_KEK." in output

    settings.OFFICE_KEK_PREVIOUS = []
    with db.use_role("default"):
        assert decrypt_factor(Authenticator.objects.get(pk=factor.pk).data["secret"]) == clear
        assert SessionStore(session.session_key).load()["_auth_user_id"] == str(user.pk)
    call_command("vault_rotate_kek")
    assert "second factors: 0 of 1 encrypted again" in capsys.readouterr().out


def test_the_old_key_is_not_let_go_while_it_is_needed(office, settings, new_kek, capsys):
    encrypt(people(1)[0], "t.c:1", b"value")
    old = current_kek()[1]
    new_kek()
    with pytest.raises(SystemExit) as code:
        call_command("vault_rotate_kek", check=True)
    assert code.value.code == 1
    assert "OFFICE_KEK_PREVIOUS must stay" in capsys.readouterr().out

    settings.OFFICE_KEK_PREVIOUS = []
    assert missing_keks() == {old: 1}
    for act in (
        compare.refuse_missing_keks,
        lambda: list(rewrap_keys()),
        lambda: encrypt(people(1)[0], "t.c:1", b"x"),
    ):
        with pytest.raises(KekMissingError, match=old):
            act()
    with pytest.raises(CommandError, match=rf"lacks the key-encryption keys {old} \(1 keys\)") as refused:
        call_command("vault_rotate_kek")
    assert refused.value.returncode == 2
    with pytest.raises(SystemExit) as code:
        compare.stop_where_unsafe(by="test")
    assert code.value.code == 3


def test_a_tombstone_needs_no_key_encryption_key(office, settings, now, new_kek):
    destroy_key(people(1)[0], now=now)
    new_kek()
    settings.OFFICE_KEK_PREVIOUS = []
    assert missing_keks() == {}
    call_command("vault_rotate_kek")


@pytest.mark.parametrize("batch", [0, -1, 10_001])
def test_a_batch_out_of_range_is_refused(office, batch):
    with pytest.raises(CommandError, match="--batch must be"):
        call_command("vault_rotate_kek", batch=batch)


@pytest.mark.long
def test_killed_in_the_middle_it_goes_on_where_it_was(office, now, settings, new_kek):
    blobs = {reference: encrypt(reference, "t.c:1", b"value") for reference in people(600)}
    old = settings.OFFICE_KEK
    environment = {**os.environ, "OFFICE_KEK": NEW, "OFFICE_KEK_PREVIOUS": old}
    command = [sys.executable, "manage.py", "vault_rotate_kek", "--batch", "2"]
    killed = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=subprocess.PIPE, text=True)
    for _ in range(20):
        assert "keys wrapped again" in killed.stdout.readline()
    killed.send_signal(signal.SIGKILL)
    killed.communicate()
    new_kek()
    left = count_by_kek()
    assert 40 <= left[current_kek()[1]] < 600

    output = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, text=True, check=False)
    assert output.returncode == 0, output.stderr
    total = 600 - left[current_kek()[1]]
    assert f"{total:,} of {total:,} keys wrapped again" in output.stdout
    settings.OFFICE_KEK_PREVIOUS = []
    assert count_by_kek() == {current_kek()[1]: 600}
    for reference in people(600)[::97]:
        assert opened(reference, blobs[reference], now) == b"value"


def test_keys_are_remembered_for_a_minute_at_most():
    assert CACHE_SECONDS <= 60


@pytest.mark.parametrize("name", ["OFFICE_KEK", "OFFICE_KEK_PREVIOUS"])
def test_a_key_that_is_none_is_refused_without_showing_it(name):
    output = subprocess.run(
        [sys.executable, "manage.py", "check"],
        cwd=ROOT,
        env={**os.environ, name: "not-a-key-but-secret"},
        capture_output=True,
        text=True,
        check=False,
    )
    assert output.returncode != 0
    assert f"{name} holds something that is not a key" in output.stderr
    assert "not-a-key-but-secret" not in output.stderr
