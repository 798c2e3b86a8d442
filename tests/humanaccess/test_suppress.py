"""From what is published of any table nothing can be worked out about fewer than eleven people, or mostly about one."""

from collections import defaultdict
from itertools import combinations

import pytest
from django.db import connections
from hypothesis import HealthCheck, given, settings, strategies as st

FEWEST = 11
#: of one cell: how many people, which (cells share some), and what one of them gives beside the others' 0 to 3
_CELL = st.tuples(st.integers(0, 24), st.integers(0, 16), st.sampled_from([0, 1, 9, 11, 12, 20, 400]))
_TABLE = st.dictionaries(st.tuples(st.sampled_from("abcde"), st.sampled_from(["", "", "gib"])), _CELL, max_size=7)


def rows_of(table):
    for (kind, unit), (count, first, most) in table.items():
        for number in range(count):
            yield kind, unit, f"p{(first + number) % 30:02}", number % 4 if number else most


def suppress(rows):
    """Return kind and unit → people, amount and share as the database publishes them."""
    columns = [list(column) for column in zip(*rows, strict=True)] or [[], [], [], []]
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT * FROM humanaccess_suppress(%s::text[], %s::text[], %s::text[], %s::numeric[])", columns)
        return {(kind, unit): told for kind, unit, *told in cursor.fetchall()}


def add_up(rows):
    """Return kind and unit → person → amount."""
    cells = defaultdict(lambda: defaultdict(int))
    for kind, unit, person, amount in rows:
        if amount:
            cells[kind, unit][person] += amount
    return cells


def is_safe(cells):
    """Say whether what these cells hold together is of eleven people, none of whom gives more than half."""
    together = defaultdict(int)
    for cell in cells:
        for person, amount in cell.items():
            together[person] += amount
    return len(together) >= FEWEST and 2 * max(together.values()) <= sum(together.values())


@settings(max_examples=300, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow])
@given(table=_TABLE)
def test_nothing_small_can_be_worked_out_of_any_table(office, table):
    rows = list(rows_of(table))
    cells, published = add_up(rows), suppress(rows)
    assert set(published) == set(cells)
    for unit in {unit for _kind, unit in cells}:
        told = [key for key, figures in published.items() if key[1] == unit and figures[0] is not None]
        withheld = [cells[key] for key in cells if key[1] == unit and key not in told]
        assert all(is_safe([cells[key]]) for key in told)
        # Whoever knows the whole of the unit subtracts any of the published cells, and gets the others together.
        for size in range(len(told) + 1):
            for known in combinations(told, size):
                left = withheld + [cells[key] for key in told if key not in known]
                if left and (size or (withheld and told)):
                    assert is_safe(left)
        if all(is_safe([cells[key]]) for key in cells if key[1] == unit):
            assert not withheld, "nothing is withheld without a reason"
    for key, (persons, amount, share) in published.items():
        if persons is not None:
            assert persons == FEWEST or persons % 5 == 0
            assert persons <= max(FEWEST, len(cells[key])) < persons + 5
            assert amount % 5 == 0
            assert abs(float(amount) - sum(cells[key].values())) <= max(2.5, sum(cells[key].values()) / 20)
            assert share <= 50


@pytest.mark.parametrize(
    ("others", "told"),
    [
        ({"a": 12}, {"a": 11}),
        ({"a": 12, "b": 10}, {}),
        ({"a": 12, "b": 20, "c": 3}, {"b": 20}),
        ({"a": 31, "b": 6, "c": 5}, {"a": 30}),
    ],
)
def test_the_smallest_cells_are_withheld_with_what_is_too_small(office, others, told):
    """The last: six and five people, together eleven, are withheld without a third cell."""
    rows, number = [], 0
    for kind, count in others.items():
        for _ in range(count):
            rows.append((kind, "", f"p{number}", 1))
            number += 1
    found = {kind: persons for (kind, _unit), (persons, *_) in suppress(rows).items() if persons is not None}
    assert found == told
