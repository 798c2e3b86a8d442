"""The vault: values open in their place, under a ticket, while the key lives; never otherwise."""

import threading
import uuid

import pytest
from django.db import DatabaseError, connections

from audit import registry, sides
from audit.actors import machine
from audit.registry import EventType
from audit.services import append
from vault.errors import NoTicketError, SealBrokenError, ShreddedError
from vault.models import SubjectKey
from vault.services import forget_cached_keys, keys, open_secret, seal, seal_secret, shred_key, unsealer

READ = EventType("vault.test.read", 1, "read", opens=True)
SHUT = EventType("vault.test.shut", 1, "no ticket")
ONE, OTHER = "a" * 32, "b" * 32


@pytest.fixture(autouse=True)
def _events(monkeypatch):
    for event in (READ, SHUT):
        monkeypatch.setitem(registry._events, event.name, event)


def ticket(now, reference=ONE, event=READ):
    with sides.atomic():
        return append(event, actor=machine("t"), subject=reference, now=now)


def test_a_sealed_value_opens_under_a_ticket(office, now):
    blob = seal(ONE, "t.c:1", b"value")
    assert b"value" not in blob
    assert unsealer(ONE, ticket(now)).unseal("t.c:1", blob) == b"value"


@pytest.mark.parametrize("place", ["t.c:2", "t.d:1", "u.c:1"])
def test_a_value_moved_to_another_place_does_not_open(office, now, place):
    blob = seal(ONE, "t.c:1", b"value")
    with pytest.raises(SealBrokenError):
        unsealer(ONE, ticket(now)).unseal(place, blob)


def test_a_value_of_another_person_does_not_open(office, now):
    blob = seal(ONE, "t.c:1", b"value")
    seal(OTHER, "t.c:1", b"value")
    with pytest.raises(SealBrokenError):
        unsealer(OTHER, ticket(now, OTHER)).unseal("t.c:1", blob)


@pytest.mark.parametrize("blob", [b"", *(b"\x01" * length for length in range(1, 31)), b"\x02" * 40, b"\xff" * 5])
def test_whatever_bytes_lie_there_are_refused_in_the_vaults_own_words(office, now, blob):
    seal(ONE, "t.c:1", b"value")
    with pytest.raises(SealBrokenError):
        unsealer(ONE, ticket(now)).unseal("t.c:1", blob)
    with pytest.raises(SealBrokenError):
        open_secret("t", blob)


def test_every_changed_byte_is_found(office, now):
    blob = bytearray(seal(ONE, "t.c:1", b"value"))
    opener = unsealer(ONE, ticket(now))
    for at in range(len(blob)):
        blob[at] ^= 1
        with pytest.raises(SealBrokenError):
            opener.unseal("t.c:1", bytes(blob))
        blob[at] ^= 1
    assert opener.unseal("t.c:1", bytes(blob)) == b"value"


def test_without_a_ticket_nothing_opens(office, now):
    seal(ONE, "t.c:1", b"value")
    with pytest.raises(NoTicketError):
        unsealer(ONE, uuid.uuid4())
    with pytest.raises(NoTicketError, match="does not permit"):
        unsealer(ONE, ticket(now, event=SHUT))
    with pytest.raises(NoTicketError, match="somebody else"):
        unsealer(ONE, ticket(now, OTHER))
    with pytest.raises(NoTicketError):
        unsealer(ONE, "not an id")


def test_a_shredded_key_never_comes_back(office, now):
    blob = seal(ONE, "t.c:1", b"value")
    entry = ticket(now)
    assert shred_key(ONE, now=now)
    assert not shred_key(ONE, now=now)
    with pytest.raises(ShreddedError):
        unsealer(ONE, entry)
    with pytest.raises(ShreddedError):
        seal(ONE, "t.c:2", b"more")
    assert blob
    with connections["vault_owner"].cursor() as cursor, pytest.raises(DatabaseError, match="stays shredded"):
        cursor.execute("UPDATE vault_subject_key SET shredded_at = NULL, wrapped = 'x'")


def test_shredding_one_who_never_had_a_key_leaves_a_tombstone(office, now):
    assert not shred_key(OTHER, now=now)
    with pytest.raises(ShreddedError):
        seal(OTHER, "t.c:1", b"value")


def test_another_process_forgets_a_key_within_a_minute(office, now, monkeypatch):
    seal(ONE, "t.c:1", b"value")
    SubjectKey.objects.update(wrapped=None, shredded_at=now)
    seal(ONE, "t.c:1", b"still remembered")
    clock = keys.time.monotonic()
    monkeypatch.setattr(keys.time, "monotonic", lambda: clock + keys.CACHE_SECONDS + 1)
    with pytest.raises(ShreddedError):
        seal(ONE, "t.c:1", b"value")


def test_a_reading_that_lasts_stops_within_a_minute_of_a_shred(office, now, monkeypatch):
    blob = seal(ONE, "t.c:1", b"value")
    opener = unsealer(ONE, ticket(now))
    SubjectKey.objects.update(wrapped=None, shredded_at=now)
    assert opener.unseal("t.c:1", blob) == b"value"
    clock = keys.time.monotonic()
    monkeypatch.setattr(keys.time, "monotonic", lambda: clock + keys.CACHE_SECONDS + 1)
    with pytest.raises(ShreddedError):
        opener.unseal("t.c:1", blob)


def test_two_first_uses_at_once_make_one_key(office):
    barrier, blobs = threading.Barrier(4), []

    def work():
        barrier.wait()
        blobs.append(seal(ONE, "t.c:1", b"value"))
        connections.close_all()

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(blobs) == 4
    assert SubjectKey.objects.count() == 1


def test_the_stored_key_is_useless_without_the_key_encryption_key(office, now, settings):
    seal(ONE, "t.c:1", b"value")
    entry = ticket(now)
    forget_cached_keys()
    settings.OFFICE_KEK = "ab" * 32
    with pytest.raises(SealBrokenError):
        unsealer(ONE, entry)


def test_machine_secrets_open_in_their_place_only():
    blob = seal_secret("mfa:1", b"seed")
    assert open_secret("mfa:1", blob) == b"seed"
    with pytest.raises(SealBrokenError):
        open_secret("mfa:2", blob)


def test_the_vaults_role_may_not_delete(office):
    with connections["vault"].cursor() as cursor, pytest.raises(DatabaseError, match="permission denied"):
        cursor.execute("DELETE FROM vault_subject_key")
