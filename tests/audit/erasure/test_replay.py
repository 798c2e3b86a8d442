"""Yesterday's backup restored: nothing starts before the erasures since are replayed; a shorter journal is noticed."""

from dataclasses import replace
from itertools import islice

import pytest
from django.core.management import CommandError, call_command
from django.db import connections

from accounts.identity.models import User
from accounts.personaldata import categories
from audit.erasure.crypto_shred import replay_crypto_shreds
from audit.erasure.journal import published_erasures
from audit.errors import ErasuresNotReplayedError, JournalBrokenError
from audit.tasks import publish_erasure_journal
from audit.tree import checkpoints
from core import db
from omegaoffice.db import compare
from tests.audit.erasure.restoring import OPERATOR, check, dump, erase, put_into_journal, restore
from tests.platform_rows import put_row
from vault.services import destroyed_among, encrypt, forget_cached_keys

ROLES = ("default", "staff", "worker", "sequencer", "auditor")


@pytest.fixture(autouse=True)
def journal(settings, tmp_path):
    """Keep the journal in a folder of the test's own; return its path."""
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    return tmp_path / "checkpoints" / "erasures"


@pytest.fixture
def gone(make_user, now):
    """Return references of two people who were erased."""
    people = [make_user(name, is_active=False).reference for name in ("nura", "rana")]
    for reference in people:
        erase(reference, now)
    return people


@pytest.mark.parametrize("role", ROLES)
def test_an_office_that_erased_somebody_starts(office, gone, role):
    check(role)


@pytest.mark.parametrize("role", ROLES)
def test_each_process_refuses_while_somebody_of_the_journal_is_there(office, user, journal, settings, role):
    put_into_journal(journal, user.reference, settings)
    with pytest.raises(ErasuresNotReplayedError, match=r"^1 erasures .* replay_erasures") as refused:
        check(role)
    assert user.reference not in str(refused.value)


def test_web_and_worker_end_with_the_sentence_until_it_is_replayed(office, user, now, journal, settings, capsys):
    put_row("workloads_logline", user.reference, now)
    put_into_journal(journal, user.reference, settings)
    with pytest.raises(SystemExit) as ended:
        compare.stop_where_unsafe(by="test")
    assert ended.value.code == 3
    assert "Run `manage.py replay_erasures`; nothing is started before." in capsys.readouterr().err
    call_command("replay_erasures")
    call_command("replay_erasures")
    compare.stop_where_unsafe(by="test")
    with db.use_role("worker"):
        assert not User.objects.filter(pk=user.pk).exists()
        assert db.select_value("SELECT workloads_left('workloads_logline', %s)", [user.reference]) == 0
    assert destroyed_among([user.reference]) == {user.reference}


def test_a_key_that_came_back_with_the_vault_alone_is_noticed(office, gone, now):
    with connections["vault_owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE vault_subject_key DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM vault_subject_key WHERE reference = %s", [gone[0]])
    forget_cached_keys()
    encrypt(gone[0], "t.c:1", b"a key as before")
    with pytest.raises(ErasuresNotReplayedError, match=r"^1 erasures"):
        check()
    call_command("replay_erasures")
    check()


def test_a_replay_that_is_killed_goes_on(office, make_user, now, journal, settings, monkeypatch):
    people = [make_user(name) for name in ("nura", "rana")]
    for person in people:
        put_into_journal(journal, person.reference, settings)
    with db.use_role("worker"):
        replay_crypto_shreds(islice(published_erasures(), 1), actor=OPERATOR, now=now)
    with pytest.raises(ErasuresNotReplayedError, match=r"^1 erasures"):
        check()
    call_command("replay_erasures")
    check()


def test_one_who_is_not_erased_whole_does_not_stop_others(office, make_user, now, journal, settings, monkeypatch):
    people = [make_user(name) for name in ("nura", "rana")]
    for person in people:
        put_into_journal(journal, person.reference, settings)
        put_row("workloads_logline", person.reference, now)
    logs = categories._categories["logs"]

    def fail(reference):
        if reference == people[0].reference:
            raise RuntimeError(reference)
        return logs.erase(reference)

    with monkeypatch.context() as broken:
        broken.setitem(categories._categories, "logs", replace(logs, erase=fail))
        with pytest.raises(CommandError, match=r"Not erased yet: logs\. Run it again") as incomplete:
            call_command("replay_erasures")
    assert incomplete.value.returncode == 1
    left = "SELECT workloads_left('workloads_logline', %s)"
    with db.use_role("worker"):
        assert [db.select_value(left, [person.reference]) for person in people] == [1, 0]
    call_command("replay_erasures")
    with db.use_role("worker"):
        assert [db.select_value(left, [person.reference]) for person in people] == [0, 0]


def test_lines_cut_off_the_end_are_noticed_and_come_back_from_the_log(office, gone, journal, capsys):
    first, _second = journal.read_text().splitlines(keepends=True)
    journal.write_text(first)
    with pytest.raises(ErasuresNotReplayedError, match="lacks 1 lines"):
        check()
    call_command("replay_erasures")
    assert "The journal lacked 1 lines that the log counted; they were written again." in capsys.readouterr().out
    check()
    assert len(list(published_erasures())) == 2


def test_web_ends_where_lines_are_missing_though_its_own_role_sees_no_such_entry(office, gone, journal, capsys):
    whole = journal.read_text()
    for left in (whole.splitlines(keepends=True)[0], None):
        journal.unlink() if left is None else journal.write_text(left)
        with pytest.raises(SystemExit) as ended:
            compare.stop_where_unsafe(by="web")
        assert ended.value.code == 3
        assert "The journal of erasures lacks" in capsys.readouterr().err
    journal.write_text(whole)
    compare.stop_where_unsafe(by="web")


def test_a_journal_that_cannot_be_read_ends_the_start_with_a_sentence(office, gone, journal, capsys):
    journal.unlink()
    journal.mkdir()
    with pytest.raises(SystemExit) as ended:
        compare.stop_where_unsafe(by="web")
    assert ended.value.code == 3
    assert "cannot be read: IsADirectoryError" in capsys.readouterr().err


def test_a_journal_that_is_not_there_is_noticed(office, gone, journal):
    journal.unlink()
    with pytest.raises(ErasuresNotReplayedError, match="lacks 2 lines"):
        check()
    with pytest.raises(CommandError, match="has no journal"):
        call_command("replay_erasures")
    publish_erasure_journal()
    check()


def test_a_process_that_does_not_see_the_journal_starts_and_one_that_does_checks(office, gone, journal, settings):
    whole = journal.read_text()
    settings.OFFICE_LOG_VERIFIERS = [checkpoints.signer().verifier.encode()]
    settings.OFFICE_LOG_KEY = ""
    journal.unlink()
    check("auditor")
    journal.write_text(whole.splitlines(keepends=True)[0])
    with pytest.raises(ErasuresNotReplayedError, match="lacks 1 lines"):
        check("auditor")
    journal.write_text(whole)
    check("default")


def test_a_changed_line_ends_the_start(office, gone, journal, capsys):
    journal.write_text(journal.read_text().replace(gone[1], "a" * 32))
    with pytest.raises(JournalBrokenError, match="Line 2"):
        check()
    with pytest.raises(SystemExit) as ended:
        compare.stop_where_unsafe(by="test")
    assert ended.value.code == 3
    assert "Line 2 of the journal of erasures" in capsys.readouterr().err


def test_a_dump_of_both_databases_from_before_is_refused_then_replayed(office, user, now, tmp_path, clone):
    """pg_dump, an erasure, pg_restore: the person is back, nothing starts, the replay takes them away again."""
    put_row("workloads_logline", user.reference, now)
    with db.use_role("default"):
        User.objects.filter(pk=user.pk).update(is_active=False)
    dump(clone, tmp_path)
    erase(user.reference, now)
    restore(clone, tmp_path)
    with db.use_role("worker"):
        assert User.objects.filter(pk=user.pk).exists()
    assert destroyed_among([user.reference]) == set()
    with pytest.raises(ErasuresNotReplayedError, match=r"^1 erasures"):
        check()
    call_command("replay_erasures")
    check()
    with db.use_role("worker"):
        assert not User.objects.filter(pk=user.pk).exists()
        assert db.select_value("SELECT workloads_left('workloads_logline', %s)", [user.reference]) == 0
    assert destroyed_among([user.reference]) == {user.reference}
