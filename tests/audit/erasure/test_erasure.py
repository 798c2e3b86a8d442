"""Erasing a person: key, entry, disclosures, link to the account, journal; what remains can still be proved."""

from functools import partial
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.db import DatabaseError, connections

from accounts.identity.models import User
from accounts.identity.roles import Role
from audit.erasure import crypto_shred as shred_module
from audit.erasure.crypto_shred import crypto_shred_subject, replay_crypto_shreds, resume_crypto_shreds
from audit.erasure.journal import publish_erasures, published_erasures
from audit.errors import ErasureRefusedError, JournalBrokenError
from audit.log import event_types
from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.log.labels import ErasureGround
from audit.log.models import Disclosure, Entry
from audit.sequencer.sequence import sequence
from audit.tasks import publish_erasure_journal, resume_erasures
from audit.verification.verify import verify
from core import db
from vault.errors import KeyDestroyedError
from vault.services import decryptor, destroyed_among, encrypt

NAMED = EventType("audit.test.told", "{actor} told", {}, {"name": "both"}, authorises_decryption=True)
OPERATOR = machine("operator")


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    monkeypatch.setitem(event_types._events, NAMED.name, NAMED)


@pytest.fixture
def closed(make_user):
    return make_user("nura", is_active=False)


def tell(reference, now, *, actor=None):
    with db.use_role("worker"), db.atomic():
        return append(
            NAMED, actor=actor or Actor("user", reference), subject=reference, now=now, personal={"name": "Layla"}
        )


def erase(reference, now, ground=ErasureGround.CLOSED):
    with db.use_role("worker"):
        return crypto_shred_subject(reference, actor=OPERATOR, ground=ground, now=now)


def held(reference):
    with db.use_role("auditor"):
        return Disclosure.objects.filter(holder=reference).count()


def count_logged(event, reference):
    with db.use_role("auditor"):
        return Entry.objects.filter(event=event, subject=reference).count()


def test_key_disclosures_and_account_go_and_an_entry_records_it(office, closed, now):
    reference = closed.reference
    entry = tell(reference, now)
    done = erase(reference, now)
    assert (done.key_destroyed, done.disclosures) == (True, 1)
    assert destroyed_among([reference, "f" * 32, ""]) == {reference}
    assert held(reference) == 0
    with db.use_role("worker"):
        assert not User.objects.filter(pk=closed.pk).exists()
        with pytest.raises(KeyDestroyedError):
            decryptor(reference, entry)
    with pytest.raises(KeyDestroyedError):
        encrypt(reference, "t.c:1", b"no new key, ever")
    with db.use_role("auditor"):
        assert Entry.objects.get(pk=done.entry).event == "audit.subject.shredded"


def test_doing_it_twice_does_nothing_twice(office, closed, now):
    tell(closed.reference, now)
    first, second = erase(closed.reference, now), erase(closed.reference, now)
    assert (second.key_destroyed, second.disclosures, second.entry) == (False, 0, first.entry)
    assert count_logged("audit.subject.shredded", closed.reference) == 1
    assert len(list(published_erasures())) == 1


def test_leaves_and_checkpoints_from_before_still_verify(office, closed, now):
    tell(closed.reference, now)
    with db.use_role("sequencer"):
        sequence(now)
    with db.use_role("auditor"):
        before = verify()
    erase(closed.reference, now)
    with db.use_role("sequencer"):
        sequence(now)
    with db.use_role("auditor"):
        after = verify()
    assert after.entries > before.entries
    assert after.checkpoints == 2


def test_another_persons_disclosures_in_the_same_entry_stay(office, closed, make_user, now):
    other = make_user("omar").reference
    tell(closed.reference, now, actor=Actor("user", other))
    erase(closed.reference, now)
    assert (held(closed.reference), held(other)) == (0, 1)


def test_an_entry_about_an_erased_person_is_written_without_its_personal_part(office, closed, now):
    erase(closed.reference, now)
    entry = tell(closed.reference, now)
    with db.use_role("auditor"):
        assert b'"sd":["' in bytes(Entry.objects.get(pk=entry).leaf)
    assert held(closed.reference) == 0


def test_an_open_account_is_refused_and_the_refusal_is_logged(office, user, now):
    with pytest.raises(ErasureRefusedError, match="account is open"):
        erase(user.reference, now)
    assert count_logged("audit.shred.refused", user.reference) == 1
    assert destroyed_among([user.reference]) == set()


def test_the_deletions_own_flow_may_erase_an_open_account(office, user, now):
    erase(user.reference, now, ErasureGround.DELETION)
    with db.use_role("worker"):
        assert not User.objects.filter(pk=user.pk).exists()


@pytest.mark.parametrize("ground", list(ErasureGround))
def test_a_member_of_staff_keeps_their_key(office, make_staff, now, ground):
    sam = make_staff("sam", Role.SUPPORT, is_active=False)
    with pytest.raises(ErasureRefusedError, match="who read what"):
        erase(sam.reference, now, ground)


def test_one_who_acted_as_staff_keeps_their_key_when_the_account_is_gone(office, now):
    tell("a" * 32, now, actor=Actor("staff", "c" * 32))
    with pytest.raises(ErasureRefusedError, match="member of staff"):
        erase("c" * 32, now)


def test_a_reference_that_is_none_is_refused(office, now):
    with pytest.raises(ErasureRefusedError, match="32 hex"):
        erase("layla@example.org", now)


def test_a_reference_that_nobody_has_is_refused_and_leaves_nothing(office, now):
    for ground in ErasureGround:
        with pytest.raises(ErasureRefusedError, match="Nobody has this reference"):
            erase("0" * 32, now, ground)
    assert destroyed_among(["0" * 32]) == set()
    assert list(published_erasures()) == []
    with db.use_role("auditor"):
        assert not Entry.objects.exists()
    with pytest.raises(CommandError, match="Nobody has this reference") as refused:
        call_command("audit_shred", "0" * 32)
    assert refused.value.returncode == 2


def test_a_key_an_account_or_an_entry_is_enough_to_be_somebody(office, closed, now):
    encrypt("b" * 32, "t.c:1", b"a key alone")
    with db.use_role("worker"), db.atomic():
        append(NAMED, actor=OPERATOR, subject="c" * 32, now=now)
        append(NAMED, actor=Actor("user", "d" * 32), subject=None, now=now)
    for reference in ("b" * 32, "c" * 32, "d" * 32, closed.reference):
        erase(reference, now)
        erase(reference, now)  # its tombstone is enough, too
        assert count_logged("audit.subject.shredded", reference) == 1


def test_inside_a_transaction_it_does_not_begin(office, closed, now):
    with db.use_role("worker"), db.atomic(), pytest.raises(RuntimeError, match="outside"):
        crypto_shred_subject(closed.reference, actor=OPERATOR, ground=ErasureGround.CLOSED, now=now)
    assert destroyed_among([closed.reference]) == set()


@pytest.mark.parametrize("alias", ["default", "staff", "ingest", "sequencer", "auditor", "worker", "owner"])
def test_nobody_removes_a_disclosure_without_the_entry(office, user, now, alias):
    tell(user.reference, now)
    with connections[alias].cursor() as cursor:
        for statement in (
            "DELETE FROM audit_disclosure",
            "TRUNCATE audit_disclosure",
            "UPDATE audit_disclosure SET holder = 'x'",
        ):
            with pytest.raises(DatabaseError, match=r"permission denied|committed line|refused|must be owner"):
                cursor.execute(statement)
    assert held(user.reference) == 1


def test_an_entry_of_the_same_transaction_does_not_let_disclosures_go(office, user, now):
    from audit.log.events import SUBJECT_SHREDDED

    tell(user.reference, now)
    with db.use_role("worker"), db.atomic():
        append(SUBJECT_SHREDDED, actor=OPERATOR, subject=user.reference, now=now, payload={"ground": "closed"})
        with pytest.raises(DatabaseError, match="committed line"), db.connection().cursor() as cursor:
            cursor.execute("DELETE FROM audit_disclosure WHERE holder = %s", [user.reference])


@pytest.mark.parametrize("point", ["_append_once", "publish_erasures", "_REMOVE"])
def test_what_a_crash_leaves_is_finished(office, closed, now, monkeypatch, point):
    tell(closed.reference, now)
    with monkeypatch.context() as crash:
        # Each point stops the process before that step; what was done until then is committed.
        crash.setattr(shred_module, point, "SELECT 1/0" if point == "_REMOVE" else _die)
        with pytest.raises((KeyboardInterrupt, DatabaseError)):
            erase(closed.reference, now)
    assert destroyed_among([closed.reference]) == {closed.reference}
    resume_erasures()
    with db.use_role("worker"):
        assert resume_crypto_shreds(actor=OPERATOR, now=now) == 0
    assert held(closed.reference) == 0
    assert count_logged("audit.subject.shredded", closed.reference) == 1
    assert [each.reference for each in published_erasures()] == [closed.reference]


def _die(*_args, **_kwargs):
    raise KeyboardInterrupt


def test_an_older_backup_of_the_data_does_not_bring_the_person_back(office, closed, now):
    """The data as of before the erasure, beside the vault of today, then the journal replayed."""
    reference = closed.reference
    entry = tell(reference, now)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT entry, holder, sealed FROM audit_disclosure")
        backup = cursor.fetchall()
    erase(reference, now)
    with connections["owner"].cursor() as cursor:
        cursor.executemany("INSERT INTO audit_disclosure VALUES (%s, %s, %s)", backup)
    with db.use_role("default"):
        User(pk=closed.pk, reference=reference, username=closed.username, email=closed.email).save(force_insert=True)
    with db.use_role("worker"):
        assert Disclosure.objects.get(entry=entry).holder == reference
        with pytest.raises(KeyDestroyedError):
            decryptor(reference, tell(reference, now))
        (done,) = replay_crypto_shreds(published_erasures(), actor=OPERATOR, now=now)
        assert (done.key_destroyed, done.disclosures) == (False, 1)
        assert not User.objects.filter(pk=closed.pk).exists()
    assert held(reference) == 0


def test_the_journal_is_signed_counted_and_published_once(office, make_user, now, settings):
    people = [make_user(name, is_active=False).reference for name in ("layla", "omar")]
    for reference in people:
        erase(reference, now)
    with db.use_role("worker"):
        assert publish_erasures(now=now) == 0
    assert [(each.number, each.reference) for each in published_erasures()] == list(enumerate(people, start=1))

    path = Path(settings.AUDIT_CHECKPOINT_DIR) / "erasures"
    whole = path.read_text()
    first, second = whole.splitlines(keepends=True)
    for changed, rule in (
        (whole.replace(people[0], "b" * 32), "wrong"),
        (second, "has the number 2"),
        ("x" + whole, "not a line"),
        (first + first, "Line 2"),
        (first[:-5] + "\n", "base64|wrong|not a line|signature"),
    ):
        path.write_text(changed)
        with pytest.raises(JournalBrokenError, match=rule):
            list(published_erasures())
    path.write_bytes(b"\xff" + whole.encode())
    for read in (lambda: list(published_erasures()), partial(publish_erasures, now=now)):
        with pytest.raises(JournalBrokenError, match=r"Line 1 .* not a line"):
            read()
    # A line that a crash left unfinished is written again.
    path.write_text(whole[:-20])
    with db.use_role("worker"):
        assert publish_erasures(now=now) == 1
    assert path.read_text() == whole


def test_without_the_logs_key_the_worker_tells_it_later(office, closed, now, settings):
    key, settings.OFFICE_LOG_KEY = settings.OFFICE_LOG_KEY, ""
    erase(closed.reference, now)
    settings.OFFICE_LOG_KEY = key
    assert list(published_erasures()) == []
    publish_erasure_journal()
    assert len(list(published_erasures())) == 1


def test_the_commands(office, closed, user, now, capsys):
    tell(closed.reference, now)
    call_command("audit_shred", closed.reference)
    assert "1 disclosures were removed; every data category is erased and was read again" in capsys.readouterr().out
    call_command("audit_shred", resume=True)
    assert "0 erasures" in capsys.readouterr().out
    call_command("replay_erasures")
    assert "1 erasures were replayed: 0 keys and 0 disclosures" in capsys.readouterr().out
    for wrong in ("layla", user.reference):
        with pytest.raises(CommandError) as refused:
            call_command("audit_shred", wrong)
        assert refused.value.returncode == 2


def test_a_missing_journal_is_reported_where_people_were_erased(office, closed, now, settings, tmp_path, capsys):
    call_command("replay_erasures")
    assert capsys.readouterr().out == "The journal names nobody.\n"
    erase(closed.reference, now)
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "elsewhere")
    with pytest.raises(CommandError, match="has no journal of them: nobody was erased again") as refused:
        call_command("replay_erasures")
    assert refused.value.returncode == 1
