"""The promise P11, as far as law goes: what was handed over belongs to a legal process, as it says."""

import pytest
from django.db import connections

from core import db
from core.promises import PromiseState
from humanaccess.legal import services
from humanaccess.promises import _handed_over_by_law as measure


@pytest.fixture
def produced(receive, agree, counsel, now):
    process = agree(receive())
    with db.use_role("staff"):
        return services.produce_data(
            process.reference,
            actor=counsel,
            production="Forty log lines, on paper.",
            recipient="The court's registry",
            handed_on=now.date(),
            now=now,
        )


def tampered(table, statement, *values):
    """Run a statement as the owner, with the table's triggers off."""
    with connections["owner"].cursor() as cursor:
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values)


def test_what_a_process_demanded_is_in_order(produced, now):
    found = measure(now)
    assert (found.state, found.figures) == (PromiseState.KEPT, {"handed_over": 1, "exceptions": 0})


@pytest.mark.parametrize(
    ("change", "wrong"),
    [
        ("subject = repeat('a', 32)", "other_subject"),
        ("production_sha256 = repeat('a', 64)", "other_digest"),
        ("reference = 'LP-2026-000099'", "no_process"),
    ],
)
def test_a_process_that_says_otherwise_is_named(produced, now, change, wrong):
    tampered("humanaccess_legalprocess", f"UPDATE humanaccess_legalprocess SET {change} WHERE id = %s", produced.pk)
    found = measure(now)
    assert found.state is PromiseState.BROKEN
    assert wrong in found.note


@pytest.mark.parametrize(("event", "wrong"), [("scoped", "no_scope"), ("produced", "no_entry")])
def test_a_step_that_the_log_lacks_is_named(produced, now, event, wrong):
    tampered("audit_entry", "DELETE FROM audit_entry WHERE event = %s", f"humanaccess.process.{event}")
    assert wrong in measure(now).note
