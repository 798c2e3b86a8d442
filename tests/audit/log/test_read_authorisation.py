"""A log entry authorises reading for a limited time, by the database's clock on both ends."""

import pytest
from django.db import connections

from audit.log import event_types
from audit.log.actors import machine
from audit.log.append import append
from audit.log.event_types import EventType
from core import db
from core.db import AUTHORISATION_SECONDS
from core.errors import NotAuthorisedError
from rights.events import STEP_STARTED
from vault.services import decryptor, encrypt

READ = EventType("audit.test.looked", "looked", authorises_decryption=True)
STEP = EventType(
    "audit.test.stepped", "stepped", authorises_decryption=True, authorisation_seconds=AUTHORISATION_SECONDS
)
ONE = "a" * 32


@pytest.fixture(autouse=True)
def _events(monkeypatch):
    for event in (READ, STEP):
        monkeypatch.setitem(event_types._events, event.name, event)


@pytest.mark.tampering
@pytest.mark.parametrize(
    ("event", "age", "authorises_decryption"),
    [(READ, 50, True), (READ, 70, False), (STEP, 3000, True), (STEP, 3890, True), (STEP, 3910, False)],
)
def test_an_entry_authorises_for_its_time_only(office, now, event, age, authorises_decryption):
    encrypt(ONE, "t.c:1", b"value")
    with db.use_role("worker"):
        with db.atomic():
            entry = append(event, actor=machine("t"), subject=ONE, now=now)
        with connections["owner"].cursor() as cursor:
            cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_no_change")
            cursor.execute("UPDATE audit_entry SET written_at = clock_timestamp() - %s * interval '1 s'", [age])
        if authorises_decryption:
            assert decryptor(ONE, entry)
        else:
            with pytest.raises(NotAuthorisedError, match="too old"):
                decryptor(ONE, entry)
        if age < AUTHORISATION_SECONDS - 60:
            with db.authorised_by(ONE, entry):
                pass
        else:
            with pytest.raises(NotAuthorisedError, match="too old"), db.authorised_by(ONE, entry):
                pass


def test_a_step_reads_for_as_long_as_its_task_may_live(settings):
    assert settings.CELERY_TASK_TIME_LIMIT + 60 < STEP_STARTED.authorisation_seconds <= AUTHORISATION_SECONDS


def test_no_event_authorises_for_longer_than_the_limit():
    with pytest.raises(ValueError, match="no entry authorises longer"):
        EventType(
            "audit.test.endless", "x", authorises_decryption=True, authorisation_seconds=AUTHORISATION_SECONDS + 1
        )
