"""Appending: the leaf, the disclosures, the refusals."""

import json

import pytest
from django.db import ProgrammingError, connections, transaction
from django.test.utils import CaptureQueriesContext

from audit.errors import EventFieldError
from audit.log.actors import Actor, machine
from audit.log.append import append
from audit.log.event_types import EventType, _events
from audit.log.models import Disclosure, Entry
from core import db
from core.errors import NotAuthorisedError
from vault.services import decryptor

NOTED = EventType(
    "audit.test.noted", "{actor} noted", {"case": str, "count": int}, {"name": "both"}, authorises_decryption=True
)
ONE = {"case": None, "count": 1}


@pytest.fixture(autouse=True)
def _registered():
    _events.pop(NOTED.name, None)
    _events.register(NOTED)
    yield
    _events.pop(NOTED.name, None)


def test_entry_keeps_personal_values_out_of_the_leaf(office, user, now):
    with db.atomic():
        entry = append(
            NOTED,
            actor=Actor("staff", "a" * 32),
            subject=user.reference,
            now=now,
            payload={"case": "RR-2026-000001", "count": 3},
            personal={"name": "Layla Haddad"},
        )
    with db.use_role("auditor"):
        row = Entry.objects.get(id=entry)
        leaf = json.loads(bytes(row.leaf))
        assert b"Layla" not in bytes(row.leaf)
        assert leaf["subject"] == user.reference == row.subject
        assert row.case_ref == "RR-2026-000001"
        assert len(leaf["sd"]) == 1
        holders = Disclosure.objects.filter(entry=entry).values_list("holder", flat=True)
        assert set(holders) == {user.reference, "a" * 32}


def test_decrypting_needs_a_committed_entry_about_that_person(office, user, now):
    with db.use_role("staff"):
        with transaction.atomic(using="staff"):
            entry = append(NOTED, actor=machine("t"), subject=user.reference, now=now, payload=ONE)
            with pytest.raises(NotAuthorisedError, match="not committed"):
                decryptor(user.reference, entry)
        with pytest.raises(NotAuthorisedError, match="somebody else"):
            decryptor("f" * 32, entry)


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        ({"case": "x"}, "missing"),
        ({"case": "x", "count": "3"}, "another kind"),
        ({"case": "x", "count": 3, "extra": 1}, "not in the event"),
    ],
)
def test_fields_that_the_type_does_not_allow_are_refused(office, now, payload, rule):
    with db.atomic(), pytest.raises(EventFieldError, match=rule):
        append(NOTED, actor=machine("t"), subject=None, now=now, payload=payload)


def test_the_users_role_sees_only_entries_about_its_subject(office, user, now):
    with db.atomic():
        append(NOTED, actor=machine("t"), subject=user.reference, now=now, payload=ONE)
        append(NOTED, actor=machine("t"), subject="e" * 32, now=now, payload=ONE)
    assert Entry.objects.count() == 0
    with db.row_security_for(user.reference):
        assert Entry.objects.count() == 1


@pytest.mark.parametrize(
    ("changed", "name"),
    [
        ({"actor": machine("a\0b")}, "actor"),
        ({"subject": "a\0b"}, "subject"),
        ({"payload": {"case": "RR\0", "count": 1}}, "case"),
    ],
)
def test_a_nul_in_a_column_is_refused_by_name_before_the_database(office, now, changed, name):
    given = {"actor": machine("t"), "subject": None, "now": now, "payload": ONE, **changed}
    with db.atomic(), pytest.raises(EventFieldError, match=rf"'{name}' holds the character U\+0000"):
        append(NOTED, **given)


def test_a_personal_value_may_hold_any_text(office, user, now):
    with db.atomic():
        append(
            NOTED, actor=machine("t"), subject=user.reference, now=now, payload=ONE, personal={"name": "a\0b\x1f\u200f"}
        )
    with db.use_role("auditor"):
        assert Disclosure.objects.count() == 1


def test_an_entry_is_one_statement_whoever_holds_its_disclosures(office, user, now):
    with db.use_role("staff"), CaptureQueriesContext(connections["staff"]) as asked:
        for name in (None, "Layla Haddad"):
            append(
                NOTED,
                actor=Actor("staff", "a" * 32),
                subject=user.reference,
                now=now,
                payload=ONE,
                personal={"name": name},
            )
    assert [query["sql"].split()[0] for query in asked] == ["INSERT", "WITH"]


def test_a_statement_stays_prepared(office, user, now):
    with db.use_role("staff"):
        for count in range(8):
            append(NOTED, actor=machine("t"), subject=user.reference, now=now, payload={"case": None, "count": count})
        with connections["staff"].cursor() as cursor:
            cursor.execute("SELECT generic_plans + custom_plans FROM pg_prepared_statements")
            assert [runs for (runs,) in cursor.fetchall()] != []


def test_a_broken_transaction_takes_no_entry(office, now):
    with db.atomic():
        transaction.set_rollback(True, using="default")
        with pytest.raises(transaction.TransactionManagementError):
            append(NOTED, actor=machine("t"), subject=None, now=now, payload=ONE)
    with db.use_role("auditor"):
        assert Entry.objects.count() == 0


def test_appending_goes_on_after_the_connection_was_closed(office, now):
    for _ in range(2):
        append(NOTED, actor=machine("t"), subject=None, now=now, payload=ONE)
        connections["default"].close()
    with db.use_role("auditor"):
        assert Entry.objects.count() == 2


def test_what_the_database_refuses_is_raised_as_django_raises_it(office, now):
    with pytest.raises(ProgrammingError), db.use_role("vault"):
        append(NOTED, actor=machine("t"), subject=None, now=now, payload=ONE)
