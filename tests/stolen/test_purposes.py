"""A machine's read names a purpose of the closed list, or the database shows nothing and decrypts nothing."""

import pytest

from accounts.personaldata.restricted_sql import MACHINE_READ_EVENTS
from audit.errors import EventFieldError
from audit.log.purposes import MACHINE_READS, ReadPurpose
from core import db
from core.errors import NotAuthorisedError
from tests.authorisations import step_entry
from tests.platform_rows import SHAPES, put_row
from tests.stolen.test_gate import STEP, seen
from vault.services import decryptor


@pytest.fixture
def worker(steal, user, now):
    for table in SHAPES:
        put_row(table, user.reference, now)
    return steal("office_worker")


def forge(worker, user, event, purpose, version=2, actor="machine:thief"):
    payload = {} if purpose is None else {"purpose": purpose}
    in_leaf = {"event_version": version}
    entry = worker.forge(event, subject=user.reference, actor=actor, payload=payload, in_leaf=in_leaf)
    worker.claim(subject=user.reference, entry=entry)
    return entry


@pytest.mark.parametrize("purpose", list(ReadPurpose))
def test_each_purpose_of_the_list_opens(worker, user, purpose):
    forge(worker, user, STEP, purpose.value)
    assert seen(worker) == len(SHAPES)


@pytest.mark.parametrize("actor", ["machine:thief", "user:" + "a" * 32])
@pytest.mark.parametrize("purpose", [None, "", "curiosity", "Right", ["right"]])
@pytest.mark.parametrize("event", list(MACHINE_READS))
def test_no_purpose_and_one_that_is_not_listed_open_nothing(worker, user, event, purpose, actor):
    entry = forge(worker, user, event, purpose, actor=actor)
    assert seen(worker) == 0
    assert worker.run("SELECT * FROM audit_ticket(%s)", entry) == []
    with db.use_role("worker"), pytest.raises(NotAuthorisedError, match="purpose"):
        decryptor(user.reference, entry)
    with (
        db.use_role("worker"),
        pytest.raises(NotAuthorisedError, match="purpose"),
        db.authorised_by(user.reference, entry),
    ):
        pass


def test_an_entry_of_the_time_before_purposes_opens_nothing_any_more(worker, user):
    forge(worker, user, STEP, None, version=1)
    assert seen(worker) == 0


def test_the_program_writes_no_purpose_that_is_not_listed(office, user, now):
    with pytest.raises(EventFieldError, match="closed list"):
        step_entry(user.reference, now, "curiosity")


def test_what_opens_rows_to_a_machine_is_among_its_reads():
    assert set(MACHINE_READ_EVENTS) < set(MACHINE_READS)
