"""A log with entries, and exports of it that the worker has made."""

import pytest
from django.utils import timezone

from audit.exports.run import run_export
from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from audit.sequencer.sequence import sequence
from core import db

COUNTED = EventType("audit.test.counted", "counted {number}", {"number": int, "case": str}, {"name": "subject"})


@pytest.fixture
def log(office, monkeypatch, settings, tmp_path):
    """Fifty entries under a signed checkpoint; files lie in a folder of the test's own."""
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")
    local = settings.STORAGES["default"]
    options = {**local["OPTIONS"], "location": str(tmp_path / "files")}
    settings.STORAGES = {**settings.STORAGES, "default": {**local, "OPTIONS": options}}
    monkeypatch.setitem(event_types._events, COUNTED.name, COUNTED)
    now = timezone.now()
    with db.use_role("worker"), db.atomic():
        for number in range(50):
            append(
                COUNTED,
                actor=machine("t"),
                subject="a" * 32,
                now=now,
                payload={"number": number, "case": "RR-2026-000001" if number % 2 else None},
                personal={"name": "Secret Name"},
            )
    with db.use_role("sequencer"):
        sequence(now)


def work(export_id):
    """Do what the worker does when its bell rings."""
    with db.use_role("worker"):
        assert run_export(export_id, clock=timezone.now)
