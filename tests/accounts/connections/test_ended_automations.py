"""An automation that is deleted at the platform: told by the stream, erased here, and nothing of it taken any more."""

import uuid
from datetime import timedelta

import pytest
from django.db import DatabaseError, connections as databases
from django.utils import timezone

from accounts.connections.data_categories import ENDED_AUTOMATIONS
from accounts.connections.models import Automation, EndedAutomation
from accounts.connections.promises import _sent_where_it_was_set_up as measure
from accounts.connections.services import sweep_ended
from accounts.workloads.services import ingest_stream
from audit.log.actors import machine
from core import db
from core.promises import PromiseState
from tests.stream_lines import file, line

NUMBER = str(uuid.UUID(int=77))


@pytest.fixture
def take(user, office):
    """Take lines of automations in: `take(gone(time))`; returns what was kept and set aside."""

    def do(*lines):
        with db.use_role("ingest"):
            report = ingest_stream(file(*lines), actor=machine("test"), source="test", clock=timezone.now)
        return report.kept, report.set_aside

    return do


def state(user, at="2026-11-20T10:00:00Z", **changes):
    return line("automations", user.pk, id=NUMBER, time=at, **changes)


def gone(user, at="2026-11-21T10:00:00Z", **more):
    return {"stream": "automations", "id": NUMBER, "account": str(user.pk), "time": at, "deleted": True, **more}


def held(user):
    with db.use_role("default"), db.row_security_for(user.reference):
        return Automation.objects.count(), EndedAutomation.objects.count()


def sweep(at=None):
    with db.use_role("worker"):
        return sweep_ended(now=at or timezone.now())


def test_it_is_erased_and_its_number_stays(take, user):
    assert take(state(user), gone(user)) == (1, 0)
    assert held(user) == (0, 1)
    assert take(state(user, "2026-11-22T10:00:00Z")) == (0, 0)
    assert held(user) == (0, 1)


def test_what_was_told_before_goes_with_the_next_sweep(take, user, logged):
    assert take(state(user)) == (1, 0)
    assert take(gone(user)) == (1, 0)
    assert take(gone(user)) == (0, 0)
    assert held(user) == (1, 1)
    sweep()
    assert held(user) == (0, 1)
    assert logged("connections.automation.erased") == 1
    assert sweep(timezone.now() + timedelta(hours=1, minutes=1)) == 1
    assert sweep(timezone.now() + timedelta(hours=2)) == 0


@pytest.fixture
def logged():
    def count(event):
        with databases["owner"].cursor() as cursor:
            cursor.execute("SELECT count(*) FROM audit_entry WHERE event = %s", [event])
            return cursor.fetchone()[0]

    return count


def test_somebody_elses_is_not_ended(take, user, make_user):
    noor = make_user("noor")
    assert take(state(user)) == (1, 0)
    assert take(gone(noor)) == (0, 1)
    assert held(user) == (1, 0)


@pytest.mark.parametrize("more", [{"name": "Invoices"}, {"deleted": "yes"}, {"on": False}])
def test_a_deletion_says_nothing_else(take, user, more):
    assert take(gone(user) | more) == (0, 1)
    assert held(user) == (0, 0)


def test_while_its_person_is_under_a_hold_it_stays(take, user, monkeypatch):
    take(state(user))
    take(gone(user))
    monkeypatch.setattr(
        "accounts.connections.services.ended_automations.subjects_on_hold", lambda _name, _now: {user.reference}
    )
    sweep()
    assert held(user) == (1, 1)
    with db.use_role("worker"):
        later = timezone.now() + timedelta(hours=3)
        assert ENDED_AUTOMATIONS.past_rule is not None
        assert ENDED_AUTOMATIONS.past_rule(later) == (0, 1)


def test_nothing_is_erased_that_was_not_deleted(take, user):
    take(state(user))
    with db.use_role("worker"):
        assert db.select_value("SELECT connections_erase_automation(%s)", [NUMBER]) is False
    with pytest.raises(DatabaseError), db.use_role("worker"), db.atomic():
        EndedAutomation.objects.create(id=NUMBER, subject=user.reference, ended_at=timezone.now())
    assert held(user) == (1, 0)


def test_transfers_of_it_are_judged_by_when_they_were(take, user):
    sent = line("transfers", user.pk, automation=NUMBER, time="2026-11-20T11:00:00Z")
    take(state(user), sent)
    take(gone(user))
    sweep()
    found = measure(timezone.now())
    assert (found.state, found.figures["not_comparable"]) == (PromiseState.KEPT, 1)
    take(line("transfers", user.pk, automation=NUMBER, time="2026-11-22T11:00:00Z"))
    assert measure(timezone.now()).state is PromiseState.BROKEN
