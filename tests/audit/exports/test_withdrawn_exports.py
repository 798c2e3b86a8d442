"""Erasing a person takes the exports away that hold their details; other exports stay."""

import sys
from datetime import timedelta
from io import StringIO

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command
from django.utils import timezone

from audit.erasure.crypto_shred import crypto_shred_subject, resume_crypto_shreds
from audit.errors import ExportStateError
from audit.exports.change_state import change_export
from audit.exports.download import open_archive, recent_download
from audit.exports.files import reencrypt_exports
from audit.exports.models import Export
from audit.exports.plan import pin_export
from audit.exports.run import take_export
from audit.exports.states import ExportAct, ExportState
from audit.exports.sweep import expire_exports
from audit.log import event_types
from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.log.events import EXPORT_DOWNLOADED
from audit.log.labels import ErasureGround
from audit.search.filters import Filter
from core import db
from tests.audit.exports.bundles import (
    AUDITOR,
    CASE,
    NAMED,
    OTHER_CASE,
    add,
    ask,
    export_files,
    fetch,
    fresh,
    grow,
    logged,
    prepare,
    run,
    segments_of,
)

PERSON, OTHER = "b" * 32, "c" * 32


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    prepare(settings, tmp_path, monkeypatch)


def name(person, now, case=CASE):
    with db.use_role("worker"), db.atomic():
        append(
            NAMED,
            actor=Actor("staff", "d" * 32),
            subject=person,
            now=now,
            payload={"case": case},
            personal={"staff_name": "Selim", "name": "Layla Haddad"},
        )
    grow(now)


def erase(now, person=PERSON):
    with db.use_role("worker"):
        crypto_shred_subject(person, actor=machine("t"), ground=ErasureGround.DELETION, now=now)


def stored(tmp_path):
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


def of(case, now, **more):
    return export_files(now, Filter.parse({"case": case}), **{"disclose_subject_case": True, **more})


def test_a_finished_export_with_the_persons_details_is_gone(office, now, tmp_path):
    name(PERSON, now)
    export, files = of(CASE, now)
    assert b"Layla Haddad" in files["entries.jsonl"] or export.disclosures == 1
    erase(now)
    gone = fresh(export)
    assert (gone.state, gone.error, bytes(gone.sealed_key)) == (ExportState.EXPIRED, "erased", b"")
    assert stored(tmp_path) == []
    with db.use_role("staff"), pytest.raises(ExportStateError, match="cannot be downloaded"):
        open_archive(export, actor=AUDITOR, now=now)
    [entry] = logged("audit.export.withdrawn")
    assert str(export.pk).encode() in bytes(entry.leaf)
    errors = StringIO()
    with pytest.raises(SystemExit, match="2"):
        call_command("audit_export", out=str(tmp_path / "out"), resume=export.pk, stderr=errors)
    assert "A person whose details it held was erased" in errors.getvalue()
    assert list((tmp_path / "out").iterdir()) == []


def test_what_holds_nothing_of_the_person_stays(office, now, tmp_path):
    name(PERSON, now)
    name(OTHER, now, OTHER_CASE)
    kept = [
        of(OTHER_CASE, now)[0],
        of(CASE, now, disclose_subject_case=False)[0],
        of(CASE, now, disclose_subject_case=False, disclose_staff=True)[0],
    ]
    name(PERSON, now, OTHER_CASE)  # after the export's range
    erase(now)
    assert [fresh(export).state for export in kept] == [ExportState.FINISHED] * 3
    assert all(fetch(export, now) for export in kept)
    assert logged("audit.export.withdrawn") == []


@pytest.mark.parametrize("state", [ExportState.RUNNING, ExportState.PAUSED])
def test_an_export_on_its_way_ends_with_a_sentence_and_leaves_nothing(office, now, tmp_path, monkeypatch, state):
    name(PERSON, now)
    add(50, now)
    export = ask(now, Filter.parse({"case": CASE}), disclose_subject_case=True)
    erased = []

    def meanwhile(running):
        if running.done and not erased:
            if state == ExportState.PAUSED:
                with db.use_role("staff"):
                    change_export(running, ExportAct.PAUSE, actor=AUDITOR, now=now)
            erase(now)
            erased.append(True)

    with segments_of(20, monkeypatch):
        assert not run(export, now, report=meanwhile)
    gone = fresh(export)
    assert erased
    assert (gone.state, gone.error) == (ExportState.EXPIRED, "erased")
    with db.use_role("staff"), pytest.raises(ExportStateError):
        change_export(gone, ExportAct.RESUME, actor=AUDITOR, now=now)
    later = now + timedelta(hours=1)
    with db.use_role("worker"):
        expire_exports(now=later)
    assert stored(tmp_path) == []
    assert fresh(export).removed_at == later


def test_an_export_that_begins_afterwards_is_made_without_the_details(office, now):
    name(PERSON, now)
    export = ask(now, Filter.parse({"case": CASE}), disclose_subject_case=True)
    erase(now)
    assert run(export, now)
    assert fresh(export).disclosures == 0


def test_a_leased_export_with_nothing_written_is_ended_too(office, now):
    """Its worker may have read what is gone now, and not stored it yet."""
    name(PERSON, now)
    export = ask(now, Filter.parse({"case": CASE}), disclose_subject_case=True)
    with db.use_role("worker"):
        pin_export(take_export(export.pk, clock=lambda: now))
    erase(now)
    assert fresh(export).state == ExportState.EXPIRED


def test_a_storage_that_is_away_does_not_undo_the_erasure(office, now, tmp_path, monkeypatch):
    name(PERSON, now)
    export, _ = of(CASE, now)
    with monkeypatch.context() as patch:
        patch.setattr(default_storage, "listdir", _away)
        erase(now)
    assert fresh(export).state == ExportState.EXPIRED
    assert stored(tmp_path) != []
    with db.use_role("worker"):
        assert not any(each is None for each in reencrypt_exports())
        expire_exports(now=now + timedelta(hours=1))
    assert stored(tmp_path) == []


def _away(*_args):
    raise OSError("away")


def test_the_page_of_a_withdrawn_export_says_why(office, now, client, make_staff):
    from accounts.identity.roles import Role
    from tests.signin import sign_in

    name(PERSON, now)
    export, _ = of(CASE, now)
    erase(timezone.now())
    sign_in(client, make_staff("omar", Role.AUDITOR), mfa=True, fresh=True)
    page = client.get(f"/staff/audit/export/{Export.objects.using('staff').get(pk=export.pk).pk}/")
    assert "was erased, and it was removed" in page.content.decode()


def test_an_export_that_was_asked_for_after_the_erasure_stays(office, now):
    name(PERSON, now)
    name(OTHER, now)
    erase(now)
    after, next_day = now + timedelta(minutes=3), now + timedelta(days=1)
    export, _ = of(CASE, after, disclose_staff=True)
    with db.use_role("worker"):
        resume_crypto_shreds(actor=machine("t"), now=next_day)
    assert (fresh(export).state, fresh(export).disclosures) == (ExportState.FINISHED, 3)
    assert logged("audit.export.withdrawn") == []


def test_an_export_that_a_crash_left_is_removed_when_the_erasure_is_finished(office, now, monkeypatch):
    name(PERSON, now)
    export, _ = of(CASE, now)
    with monkeypatch.context() as patched:
        patched.setattr(sys.modules["audit.erasure.crypto_shred"], "tell_erased", lambda *_, **__: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            erase(now)
    assert fresh(export).state == ExportState.FINISHED
    with db.use_role("worker"):
        resume_crypto_shreds(actor=machine("t"), now=now + timedelta(days=1))
    assert fresh(export).state == ExportState.EXPIRED


def test_a_range_is_told_apart_from_downloads_that_say_nothing(office, now, monkeypatch):
    reader = Actor("staff", "e" * 32)
    with db.use_role("staff"):
        export = ask(now)
    silent = EventType(EXPORT_DOWNLOADED.name, "downloaded")
    with monkeypatch.context() as patched:
        patched.setitem(event_types._events, silent.name, silent)
        with db.use_role("staff"), db.atomic():
            append(silent, actor=reader, subject=None, now=now)
    with db.use_role("staff"):
        assert recent_download(export, reader, now) is None
