"""The vault: values decrypt where they belong, with the authorisation of an entry, while the key exists."""

import threading
import uuid

import pytest
from django.db import DatabaseError, connections

from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from core import db
from core.errors import DecryptionError, NotAuthorisedError
from vault.errors import KeyDestroyedError
from vault.models import SubjectKey
from vault.services import (
    decrypt_secret,
    decryptor,
    destroy_key,
    encrypt,
    encrypt_secret,
    forget_cached_keys,
    subject_keys,
)

READ = EventType("vault.test.read", "read", authorises_decryption=True)
NOT_AUTHORISING = EventType("vault.test.shut", "no authorisation")
ONE, OTHER = "a" * 32, "b" * 32


@pytest.fixture(autouse=True)
def _events(monkeypatch):
    for event in (READ, NOT_AUTHORISING):
        monkeypatch.setitem(event_types._events, event.name, event)


def authorisation(now, reference=ONE, event=READ):
    with db.atomic():
        return append(event, actor=machine("t"), subject=reference, now=now)


def test_an_encrypted_value_decrypts_with_an_authorisation(office, now):
    blob = encrypt(ONE, "t.c:1", b"value")
    assert b"value" not in blob
    assert decryptor(ONE, authorisation(now)).decrypt("t.c:1", blob) == b"value"


@pytest.mark.parametrize("context", ["t.c:2", "t.d:1", "u.c:1"])
def test_a_value_moved_elsewhere_does_not_decrypt(office, now, context):
    blob = encrypt(ONE, "t.c:1", b"value")
    with pytest.raises(DecryptionError):
        decryptor(ONE, authorisation(now)).decrypt(context, blob)


def test_a_value_of_another_person_does_not_decrypt(office, now):
    blob = encrypt(ONE, "t.c:1", b"value")
    encrypt(OTHER, "t.c:1", b"value")
    with pytest.raises(DecryptionError):
        decryptor(OTHER, authorisation(now, OTHER)).decrypt("t.c:1", blob)


@pytest.mark.parametrize("blob", [b"", *(b"\x01" * length for length in range(1, 31)), b"\x02" * 40, b"\xff" * 5])
def test_any_other_bytes_are_refused_with_an_error_of_the_vault(office, now, blob):
    encrypt(ONE, "t.c:1", b"value")
    with pytest.raises(DecryptionError):
        decryptor(ONE, authorisation(now)).decrypt("t.c:1", blob)
    with pytest.raises(DecryptionError):
        decrypt_secret("t", blob)


def test_every_changed_byte_is_found(office, now):
    blob = bytearray(encrypt(ONE, "t.c:1", b"value"))
    opener = decryptor(ONE, authorisation(now))
    for at in range(len(blob)):
        blob[at] ^= 1
        with pytest.raises(DecryptionError):
            opener.decrypt("t.c:1", bytes(blob))
        blob[at] ^= 1
    assert opener.decrypt("t.c:1", bytes(blob)) == b"value"


def test_without_an_authorisation_nothing_decrypts(office, now):
    encrypt(ONE, "t.c:1", b"value")
    with pytest.raises(NotAuthorisedError):
        decryptor(ONE, uuid.uuid4())
    with pytest.raises(NotAuthorisedError, match="does not permit"):
        decryptor(ONE, authorisation(now, event=NOT_AUTHORISING))
    with pytest.raises(NotAuthorisedError, match="somebody else"):
        decryptor(ONE, authorisation(now, OTHER))
    with pytest.raises(NotAuthorisedError):
        decryptor(ONE, "not an id")


def test_a_destroyed_key_never_comes_back(office, now):
    blob = encrypt(ONE, "t.c:1", b"value")
    entry = authorisation(now)
    assert destroy_key(ONE, now=now)
    assert not destroy_key(ONE, now=now)
    with pytest.raises(KeyDestroyedError):
        decryptor(ONE, entry)
    with pytest.raises(KeyDestroyedError):
        encrypt(ONE, "t.c:2", b"more")
    assert blob
    with connections["vault_owner"].cursor() as cursor, pytest.raises(DatabaseError, match="stays shredded"):
        cursor.execute("UPDATE vault_subject_key SET shredded_at = NULL, wrapped = 'x'")


def test_destroying_a_key_that_never_was_leaves_a_tombstone(office, now):
    assert not destroy_key(OTHER, now=now)
    with pytest.raises(KeyDestroyedError):
        encrypt(OTHER, "t.c:1", b"value")


def test_another_process_forgets_a_key_within_a_minute(office, now, monkeypatch):
    encrypt(ONE, "t.c:1", b"value")
    SubjectKey.objects.update(wrapped=None, shredded_at=now)
    encrypt(ONE, "t.c:1", b"still remembered")
    clock = subject_keys.time.monotonic()
    monkeypatch.setattr(subject_keys.time, "monotonic", lambda: clock + subject_keys.CACHE_SECONDS + 1)
    with pytest.raises(KeyDestroyedError):
        encrypt(ONE, "t.c:1", b"value")


def test_a_long_read_stops_within_a_minute_of_the_keys_destruction(office, now, monkeypatch):
    blob = encrypt(ONE, "t.c:1", b"value")
    opener = decryptor(ONE, authorisation(now))
    SubjectKey.objects.update(wrapped=None, shredded_at=now)
    assert opener.decrypt("t.c:1", blob) == b"value"
    clock = subject_keys.time.monotonic()
    monkeypatch.setattr(subject_keys.time, "monotonic", lambda: clock + subject_keys.CACHE_SECONDS + 1)
    with pytest.raises(KeyDestroyedError):
        opener.decrypt("t.c:1", blob)


def test_two_first_uses_at_once_make_one_key(office):
    barrier, blobs = threading.Barrier(4), []

    def work():
        barrier.wait()
        blobs.append(encrypt(ONE, "t.c:1", b"value"))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(blobs) == 4
    assert SubjectKey.objects.count() == 1


def test_the_stored_key_is_useless_without_the_key_encryption_key(office, now, settings):
    encrypt(ONE, "t.c:1", b"value")
    entry = authorisation(now)
    forget_cached_keys()
    settings.OFFICE_KEK = "ab" * 32
    with pytest.raises(DecryptionError):
        decryptor(ONE, entry)


def test_machine_secrets_decrypt_in_their_context_only():
    blob = encrypt_secret("mfa:1", b"seed")
    assert decrypt_secret("mfa:1", blob) == b"seed"
    with pytest.raises(DecryptionError):
        decrypt_secret("mfa:2", blob)


def test_the_vaults_role_may_not_delete(office):
    with connections["vault"].cursor() as cursor, pytest.raises(DatabaseError, match="permission denied"):
        cursor.execute("DELETE FROM vault_subject_key")
