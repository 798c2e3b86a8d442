"""Orders to drop what is cached from Google: for an end of access of their person, once, and answered as such."""

from uuid import uuid4

import pytest

from accounts.connections.models import Revocation, WipeReason
from core import db
from tests.google_access import end_access

_ORDER = (
    "INSERT INTO workloads_platformorder (id, number, subject, kind, apps, case_ref, created_at) "
    "VALUES (%s, 0, %s, 'drop_cache', '{}', '', now())"
)
_ANSWER = "UPDATE workloads_platformorder SET answered_at = now(), receipt = %s, outcome = %s WHERE kind = %s"


@pytest.fixture
def ended(user, now):
    """An end of layla's access, stored by hand: nothing was ordered for it."""

    def store(reason=WipeReason.USER):
        with db.row_security_for(user.reference):
            return Revocation.objects.create(subject=user.reference, reason=reason, scopes=["drive"], asked_at=now).pk

    return store


@pytest.mark.parametrize("role", ["office_self", "office_worker"])
def test_it_is_ordered_once_for_an_end_of_its_own_person(steal, user, make_user, ended, role):
    thief, end, omar = steal(role), ended(), make_user("omar").reference
    thief.claim(subject=omar)
    assert "row-level security" in thief.fails(_ORDER, end, omar)
    thief.claim(subject=user.reference)
    assert "row-level security" in thief.fails(_ORDER, uuid4(), user.reference)
    thief.run(_ORDER, end, user.reference)
    assert "unique" in thief.fails(_ORDER, end, user.reference)


def test_on_a_persons_pages_nobody_else_is_ordered_for(steal, user, make_user, ended):
    thief, end = steal("office_self"), ended()
    thief.claim(subject=make_user("omar").reference)
    assert "row-level security" in thief.fails(_ORDER, end, user.reference)


@pytest.mark.parametrize("reason", [WipeReason.DELETION, WipeReason.OTHER_ACCOUNT])
@pytest.mark.parametrize("role", ["office_self", "office_worker"])
def test_what_was_no_end_or_a_deletions_orders_nothing(steal, user, ended, role, reason):
    thief = steal(role)
    thief.claim(subject=user.reference)
    assert "row-level security" in thief.fails(_ORDER, ended(reason), user.reference)


@pytest.mark.parametrize("role", ["office_staff", "office_ingest", "office_auditor", "office_sequencer"])
def test_nobody_else_orders_it(steal, user, ended, role):
    error = steal(role).fails(_ORDER, ended(), user.reference)
    assert "row-level security" in error or "permission denied" in error


@pytest.mark.parametrize(
    ("receipt", "outcome"),
    [
        ("[]", ""),
        ("[]", "corrected"),
        ("[]", "not_held"),
        ("[]", "x"),
        ('[{"app": null}]', "dropped"),
        (None, "dropped"),
    ],
)
def test_it_is_answered_by_its_own_outcome_alone(steal, user, now, receipt, outcome):
    end_access(user, now)
    thief = steal("office_ingest")
    assert "of an order about none" in thief.fails(_ANSWER, receipt, outcome, "drop_cache")
    thief.run(_ANSWER, "[]", "dropped", "drop_cache")
    assert "stay as they are" in thief.fails(_ANSWER, "[]", "nothing_held", "drop_cache")
