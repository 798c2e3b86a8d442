"""Leases: who may take a row, and how long a failure waits. Workers that overtake each other: the tests of the jobs."""

from datetime import timedelta

import pytest

from audit.exports.models import Export
from core.leases import MAX_ATTEMPTS, take_lease


@pytest.mark.parametrize(
    ("changes", "seconds"),
    [({"attempts": 1}, 20), ({"attempts": 3}, 80), ({"attempts": 8, "attempts_allowed": 7 + MAX_ATTEMPTS}, 20)],
)
def test_each_failure_waits_twice_as_long_and_a_retry_by_hand_begins_anew(changes, seconds):
    assert Export(**changes).back_off == timedelta(seconds=seconds)


@pytest.mark.parametrize("changes", [{"state": "paused"}, {"attempts": MAX_ATTEMPTS}, {"lease_until": 1}])
def test_a_row_that_is_closed_used_up_or_leased_is_not_to_be_had(changes, now):
    if "lease_until" in changes:
        changes = {"state": "running", "lease_until": now + timedelta(seconds=1)}
    assert take_lease(Export(**{"state": "asked", **changes}), lambda: now) is None
