"""A log entry opens a person's values for a while only, by the database's clock on both ends."""

import pytest
from django.db import connections

from audit import registry, sides
from audit.actors import machine
from audit.registry import EventType
from audit.schema import TICKET_CEILING
from audit.services import append
from rights.events import STEP_STARTED
from vault.errors import NoTicketError
from vault.services import seal, unsealer

LOOKED = EventType("audit.test.looked", 1, "looked", opens=True)
STEP = EventType("audit.test.stepped", 1, "stepped", opens=True, ticket_seconds=TICKET_CEILING)
ONE = "a" * 32


@pytest.fixture(autouse=True)
def _events(monkeypatch):
    for event in (LOOKED, STEP):
        monkeypatch.setitem(registry._events, event.name, event)


@pytest.mark.tampering
@pytest.mark.parametrize(
    ("event", "age", "opens"),
    [(LOOKED, 50, True), (LOOKED, 70, False), (STEP, 3000, True), (STEP, 3890, True), (STEP, 3910, False)],
)
def test_an_entry_opens_while_it_is_young(office, now, event, age, opens):
    seal(ONE, "t.c:1", b"value")
    with sides.acting("worker"):
        with sides.atomic():
            entry = append(event, actor=machine("t"), subject=ONE, now=now)
        with connections["owner"].cursor() as cursor:
            cursor.execute("ALTER TABLE audit_entry DISABLE TRIGGER audit_no_change")
            cursor.execute("UPDATE audit_entry SET written_at = clock_timestamp() - %s * interval '1 s'", [age])
        if opens:
            assert unsealer(ONE, entry)
        else:
            with pytest.raises(NoTicketError, match="too old"):
                unsealer(ONE, entry)
        if age < TICKET_CEILING - 60:
            with sides.under_ticket(ONE, entry):
                pass
        else:
            with pytest.raises(NoTicketError, match="too old"), sides.under_ticket(ONE, entry):
                pass


def test_a_step_reads_for_as_long_as_its_task_may_live(settings):
    assert settings.CELERY_TASK_TIME_LIMIT + 60 < STEP_STARTED.ticket_seconds <= TICKET_CEILING


def test_no_event_may_ask_for_more():
    with pytest.raises(ValueError, match="no ticket lives longer"):
        EventType("audit.test.endless", 1, "x", opens=True, ticket_seconds=TICKET_CEILING + 1)
