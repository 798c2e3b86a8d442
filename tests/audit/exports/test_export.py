"""Asking for exports, estimating, pausing, resuming, cancelling."""

from datetime import timedelta

import pytest
from django.db import connections

from audit.errors import ExportRefusedError, ExportStateError
from audit.exports.change_state import change_export
from audit.exports.download import open_archive
from audit.exports.estimate import estimate
from audit.exports.models import Export
from audit.exports.states import TRANSITIONS, ExportAct, ExportState, after
from audit.search.filters import Filter
from core import db
from tests.audit.exports.bundles import AUDITOR, CASE, OTHER_CASE, add, ask, grow, logged, prepare


@pytest.fixture(autouse=True)
def _own_checkpoint_dir(settings, tmp_path, monkeypatch):
    prepare(settings, tmp_path, monkeypatch)


def test_every_act_has_its_rule():
    assert set(TRANSITIONS) == set(ExportAct)
    assert after("finished", ExportAct.CANCEL) is None


def test_a_request_is_logged_with_its_filter(office, now):
    wanted = Filter.parse({"case": CASE, "subject": "b" * 32})
    export = ask(now, wanted, disclose_subject_case=True, compress="zstd")
    assert export.state == ExportState.ASKED
    assert export.wanted == wanted
    (entry,) = logged("audit.export.requested")
    assert (entry.actor, entry.case_ref, entry.subject) == (str(AUDITOR), CASE, "b" * 32)
    assert b'"filter":{"case":"RR-2026-000123","subject":"' in bytes(entry.leaf)


@pytest.mark.parametrize(
    ("more", "field"), [({"disclose_subject_case": True}, "disclose_subject_case"), ({"compress": "rar"}, "compress")]
)
def test_what_cannot_be_asked_for_is_named_and_leaves_nothing(office, now, more, field):
    with pytest.raises(ExportRefusedError) as caught:
        ask(now, **more)
    assert caught.value.field == field
    with db.use_role("auditor"):
        assert not Export.objects.exists()
    assert logged("audit.export.requested") == []


def test_pause_resume_and_cancel_follow_the_table_and_are_logged(office, now):
    export = ask(now)
    with db.use_role("staff"):
        assert change_export(export, ExportAct.PAUSE, actor=AUDITOR, now=now).state == ExportState.PAUSED
        with pytest.raises(ExportStateError, match="paused"):
            change_export(export, ExportAct.PAUSE, actor=AUDITOR, now=now)
        assert change_export(export, ExportAct.RESUME, actor=AUDITOR, now=now).state == ExportState.ASKED
        assert change_export(export, ExportAct.CANCEL, actor=AUDITOR, now=now).state == ExportState.CANCELLED
        for act in ExportAct:
            with pytest.raises(ExportStateError):
                change_export(export, act, actor=AUDITOR, now=now)
    for verb in ("paused", "resumed", "cancelled"):
        assert [entry.actor for entry in logged(f"audit.export.{verb}")] == [str(AUDITOR)]


def test_nothing_is_offered_before_it_is_finished(office, now):
    export = ask(now)
    with db.use_role("staff"), pytest.raises(ExportStateError):
        open_archive(export, actor=AUDITOR, now=now)
    assert logged("audit.export.downloaded") == []


def test_small_results_are_counted_and_large_ones_estimated(office, now, monkeypatch):
    add(300, now)
    add(7, now, case=OTHER_CASE)
    with db.use_role("staff"):
        whole = estimate(Filter())
        assert (whole.entries, whole.exact) == (307, True)
        few = estimate(Filter(case=OTHER_CASE))
        assert (few.entries, few.exact) == (7, True)
        assert few.bytes < whole.bytes
        assert estimate(Filter(outcome="refused")).entries == 0
        monkeypatch.setattr("audit.exports.estimate.EXACT_UNTIL", 10)
        many = estimate(Filter(case=CASE))
        assert not many.exact
        assert 11 <= many.entries <= 307


def test_a_range_of_time_is_estimated_by_its_share(office, now, monkeypatch):
    for minute in range(20):
        add(50, now + timedelta(minutes=minute), tree=False)
    grow(now)
    with connections["owner"].cursor() as cursor:
        cursor.execute("ANALYZE audit_entry")
    monkeypatch.setattr("audit.exports.estimate.EXACT_UNTIL", 10)
    with db.use_role("staff"):
        found = estimate(Filter(after=now + timedelta(minutes=5), before=now + timedelta(minutes=15)))
    assert not found.exact
    assert 400 <= found.entries <= 600
