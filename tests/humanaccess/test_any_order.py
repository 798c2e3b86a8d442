"""No order of acts yields a read or a listing without what it rests on at that second, and its entry before it."""

from collections import Counter

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test

from .any_order import AnyOrder, forget_windows

#: the same steps each time: a failure is found again by running the test again
_ALIKE = settings(
    derandomize=True, database=None, deadline=None, suppress_health_check=list(HealthCheck), print_blob=True
)
SHORT = settings(_ALIKE, max_examples=8, stateful_step_count=40)
WEAK = settings(SHORT, max_examples=20, phases=[Phase.generate], report_multiple_bugs=False)
#: other steps each time; a failure prints them, and the blob by which they are run again
LONG = settings(_ALIKE, derandomize=False, max_examples=40, stateful_step_count=60)


@pytest.fixture
def run(office, clone, make_user, make_staff):
    """Run the office in any order, and return what came of it."""

    def do(how, weaken=None):
        tally = Counter()
        run_state_machine_as_test(lambda: AnyOrder(clone, make_user, make_staff, tally, weaken), settings=how)
        return tally

    return do


def test_no_order_of_acts_shows_anything_without_a_grant_and_an_entry(run):
    tally = run(SHORT)
    assert tally["steps"] >= 300
    assert tally["refused"] > 30
    assert sum(tally[f"read for {ground}"] for ground in ("agreement", "security", "legal")) > 10
    assert tally["items listed"] > 5


@pytest.mark.tampering
def test_a_gate_that_forgets_windows_is_noticed(run):
    with pytest.raises(AssertionError, match=r"the grant has ended|the window is not open"):
        run(WEAK, forget_windows)


@pytest.mark.long
def test_no_order_of_many_acts_does(run):
    tally = run(LONG)
    for ground in ("agreement", "security", "legal"):
        assert tally[f"read for {ground}"] > 8
    # The steps differ each time, and few of 2,400 come to such reads: runs had one of either.
    assert tally["read without a decision"] + tally["redeem_code"] > 0
