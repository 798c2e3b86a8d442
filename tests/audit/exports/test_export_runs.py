"""Interruptions of an export: pauses, killed workers, a full disk, lost files, entries that were deleted."""

import json
import resource
from datetime import timedelta

import pytest
from django.core.files.storage import default_storage
from django.db import connections

from audit.exports.change_state import change_export
from audit.exports.models import Export, ExportSegment
from audit.exports.run import code_of, take_export
from audit.exports.states import ExportAct, ExportState
from audit.exports.sweep import expire_exports, sweep_exports
from audit.search.filters import Filter
from core import db
from core.leases import MAX_ATTEMPTS, LeaseLostError
from tests.audit.exports.bundles import (
    AUDITOR,
    CASE,
    add,
    ask,
    evidence,
    fetch,
    fresh,
    logged,
    prepare,
    run,
    segments_of,
    unpack,
    verify_files,
)


@pytest.fixture(autouse=True)
def _small_segments(settings, tmp_path, monkeypatch):
    prepare(settings, tmp_path, monkeypatch)
    with segments_of(40, monkeypatch):
        yield


def sweep(at):
    with db.use_role("worker"):
        return sweep_exports(now=at)


def expire(at):
    with db.use_role("worker"):
        return expire_exports(now=at)


def stored(tmp_path):
    return [path for path in (tmp_path / "files").rglob("*") if path.is_file()]


def is_whole(export, now, tmp_path, count):
    """Tell whether a finished export has all entries, verifies, and left nothing else behind."""
    files = unpack(fetch(fresh(export), now))
    assert len(evidence(files)) == fresh(export).done == count
    code, output = verify_files(files, tmp_path / "bundle")
    assert code == 0, output
    assert len(stored(tmp_path)) == 1
    return True


def die_after(count, now, export, error=KeyboardInterrupt):
    """Run until so many segments are committed, then die as by a signal."""
    seen = []

    def report(_export):
        seen.append(1)
        if len(seen) == count + 1:  # the first call comes before the first segment
            raise error

    with pytest.raises(error):
        run(export, now, report=report)


def test_a_death_between_segments_costs_one_segment_at_most(office, now, tmp_path):
    add(200, now)
    export = ask(now)
    die_after(3, now, export)
    assert (fresh(export).state, fresh(export).done) == (ExportState.RUNNING, 120)
    assert not run(export, now)  # the dead one's lease still runs
    later = now + timedelta(minutes=3)
    assert sweep(later) == 1
    began = []
    assert run(export, later, report=lambda export: began.append(export.done))
    assert began == [120, 160, 200]
    assert is_whole(export, now, tmp_path, 200)
    assert fresh(export).attempts == 2


def test_a_pause_bites_after_the_segment_and_resuming_goes_on(office, now, tmp_path):
    add(200, now)
    export = ask(now)

    def pause(row):
        if row.done == 80:
            with db.use_role("staff"):
                change_export(row, ExportAct.PAUSE, actor=AUDITOR, now=now)

    assert not run(export, now, report=pause)
    assert (fresh(export).state, fresh(export).done) == (ExportState.PAUSED, 80)
    assert not run(export, now)
    assert sweep(now + timedelta(days=1)) == 0
    with db.use_role("staff"):
        change_export(export, ExportAct.RESUME, actor=AUDITOR, now=now)
    began = []
    assert run(export, now, report=lambda row: began.append(row.done))
    assert began[0] == 80
    assert is_whole(export, now, tmp_path, 200)
    assert [json.loads(bytes(entry.leaf))["payload"]["done"] for entry in logged("audit.export.paused")] == [80]


def test_what_is_cancelled_stops_and_its_files_go(office, now, tmp_path):
    add(200, now)
    export = ask(now)

    def cancel(row):
        if row.done == 80:
            with db.use_role("staff"):
                change_export(row, ExportAct.CANCEL, actor=AUDITOR, now=now)

    assert not run(export, now, report=cancel)
    assert fresh(export).state == ExportState.CANCELLED
    assert stored(tmp_path)
    assert expire(now) == 0  # who was overtaken may still be writing
    assert expire(now + timedelta(minutes=3)) == 1
    assert stored(tmp_path) == []
    assert expire(now + timedelta(minutes=4)) == 0


def test_two_workers_have_one_effect(office, now, tmp_path):
    add(100, now)
    export = ask(now)
    with db.use_role("worker"):
        late = take_export(export.pk, clock=lambda: now)
        assert take_export(export.pk, clock=lambda: now) is None
    assert run(export, now + timedelta(minutes=3))
    with db.use_role("worker"), pytest.raises(LeaseLostError):
        late.hold(done=7)
    assert is_whole(export, now, tmp_path, 100)
    assert len(logged("audit.export.finished")) == 1


def test_a_full_disk_is_reported_offers_nothing_and_is_resumed(office, now, tmp_path):
    add(200, now)
    export = ask(now)
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)

    def fill(row):
        if row.done == 80:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, hard))

    try:
        assert not run(export, now, report=fill)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    failed = fresh(export)
    assert (failed.state, failed.error, failed.done) == (ExportState.FAILED, "no_room", 80)
    assert "no room left" in failed.error_sentence
    assert len(stored(tmp_path)) == 2  # the two segments, no part of a third
    assert [entry.outcome for entry in logged("audit.export.failed")] == ["failed"]
    assert sweep(now + timedelta(days=1)) == 0
    with db.use_role("staff"):
        change_export(failed, ExportAct.RESUME, actor=AUDITOR, now=now)
    assert run(export, now)
    assert fresh(export).error == ""
    assert is_whole(export, now, tmp_path, 200)


@pytest.mark.parametrize("harm", ["lost", "changed"])
def test_a_segment_that_does_not_open_any_more_is_written_again(office, now, tmp_path, harm):
    add(200, now)
    export = ask(now)
    die_after(3, now, export)
    with db.use_role("worker"):
        second = ExportSegment.objects.get(export=export, number=1).stored_name
    if harm == "lost":
        default_storage.delete(second)
    else:
        path = tmp_path / "files" / second
        stored = path.read_bytes()
        path.write_bytes(stored[:-1] + bytes([stored[-1] ^ 1]))
    began = []
    assert run(export, now + timedelta(minutes=3), report=lambda row: began.append(row.done))
    assert began[0] == 40
    assert is_whole(export, now, tmp_path, 200)


def test_an_export_that_kills_its_worker_each_time_has_failed(office, now):
    add(10, now)
    export, at = ask(now), now
    for _ in range(MAX_ATTEMPTS):
        die_after(0, at, export)
        at += timedelta(minutes=3)
        sweep(at)
    assert (fresh(export).state, fresh(export).error) == (ExportState.FAILED, "internal")
    assert len(logged("audit.export.failed")) == 1


def test_a_passing_fault_is_tried_again_by_itself(office, now, tmp_path, monkeypatch):
    add(100, now)
    export = ask(now)
    with monkeypatch.context() as patch:
        patch.setattr("audit.exports.plan.SEGMENT", 0)  # a fault of our own making: a division by zero
        assert not run(export, now)
    waiting = fresh(export)
    assert (waiting.state, waiting.error) == (ExportState.ASKED, "internal")
    assert logged("audit.export.failed") == []
    assert sweep(waiting.due_at) == 1
    assert run(export, waiting.due_at)
    assert is_whole(export, now, tmp_path, 100)


def test_a_log_without_a_checkpoint_is_reported(office, now):
    export = ask(now)
    assert not run(export, now)
    assert (fresh(export).state, fresh(export).error) == (ExportState.FAILED, "no_checkpoint")


def test_a_worker_without_the_logs_key_says_so_at_once(office, now, settings):
    add(10, now)
    export = ask(now)
    key, settings.OFFICE_LOG_KEY = settings.OFFICE_LOG_KEY, ""
    assert not run(export, now)
    assert fresh(export).error == "no_key"
    settings.OFFICE_LOG_KEY = key
    with db.use_role("staff"):
        change_export(export, ExportAct.RESUME, actor=AUDITOR, now=now)
    assert run(export, now)


@pytest.mark.tampering
def test_entries_that_were_taken_away_stop_it(office, now, tmp_path):
    add(100, now)
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT entry FROM audit_leaf WHERE index = 50")
        (victim,) = cursor.fetchone()
        cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER USER")
        cursor.execute("DELETE FROM audit_entry WHERE id = %s", [victim])
    export = ask(now)
    assert not run(export, now)
    assert (fresh(export).state, fresh(export).error) == (ExportState.FAILED, "differs")
    assert fresh(export).done == 40


@pytest.mark.tampering
def test_tiles_that_were_changed_stop_it(office, now):
    add(100, now)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ALTER TABLE audit_tile DISABLE TRIGGER USER")
        cursor.execute("UPDATE audit_tile SET hashes = set_byte(hashes, 40, 255 - get_byte(hashes, 40))")
    export = ask(now)
    assert not run(export, now)
    assert (fresh(export).state, fresh(export).error) == (ExportState.FAILED, "differs")


def test_a_failed_export_that_nobody_resumes_is_removed_in_time(office, now, tmp_path, settings):
    add(100, now)
    export = ask(now)
    with db.use_role("staff"):
        Export.objects.filter(pk=export.pk).update(state="failed", error="storage", finished_at=now)
    assert expire(now + timedelta(days=settings.AUDIT_EXPORT_DAYS) - timedelta(seconds=1)) == 0
    assert expire(now + timedelta(days=settings.AUDIT_EXPORT_DAYS)) == 1
    assert fresh(export).state == ExportState.EXPIRED


def test_what_is_known_of_a_filtered_export_is_the_same_at_every_attempt(office, now, tmp_path):
    add(90, now)
    add(90, now, case="RR-2026-000199")
    export = ask(now, Filter(case=CASE))
    die_after(1, now, export)
    add(50, now)
    assert run(export, now + timedelta(minutes=3))
    assert fresh(export).expected == 90
    assert is_whole(export, now, tmp_path, 90)


@pytest.mark.parametrize(("made_by", "code"), [("botocore.exceptions", "storage"), ("somewhere.else", "internal")])
def test_what_a_buckets_client_raises_is_the_storages_fault(made_by, code):
    error = type("ClientError", (Exception,), {"__module__": made_by})
    assert code_of(error()) == code
