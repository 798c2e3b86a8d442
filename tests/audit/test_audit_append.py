"""Appending: the leaf, the disclosures, the refusals."""

import json

import pytest
from django.db import transaction

from audit import sides
from audit.actors import Actor, machine
from audit.errors import EventFieldError
from audit.models import Disclosure, Entry
from audit.registry import EventType, _events, register
from audit.services import append
from vault.errors import NoTicketError
from vault.services import unsealer

NOTED = EventType("audit.test.noted", 1, "{actor} noted", {"case": str, "count": int}, {"name": "both"}, opens=True)
ONE = {"case": None, "count": 1}


@pytest.fixture(autouse=True)
def _registered():
    _events.pop(NOTED.name, None)
    register(NOTED)
    yield
    _events.pop(NOTED.name, None)


def test_entry_keeps_personal_values_out_of_the_leaf(office, user, now):
    with sides.atomic():
        entry = append(
            NOTED,
            actor=Actor("staff", "a" * 32),
            subject=user.reference,
            now=now,
            payload={"case": "RR-2026-000001", "count": 3},
            personal={"name": "Layla Haddad"},
        )
    with sides.acting("auditor"):
        row = Entry.objects.get(id=entry)
        leaf = json.loads(bytes(row.leaf))
        assert b"Layla" not in bytes(row.leaf)
        assert leaf["subject"] == user.reference == row.subject
        assert row.case_ref == "RR-2026-000001"
        assert len(leaf["sd"]) == 1
        holders = Disclosure.objects.filter(entry=entry).values_list("holder", flat=True)
        assert set(holders) == {user.reference, "a" * 32}


def test_unsealing_needs_a_committed_entry_about_that_person(office, user, now):
    with sides.acting("staff"):
        with transaction.atomic(using="staff"):
            entry = append(NOTED, actor=machine("t"), subject=user.reference, now=now, payload=ONE)
            with pytest.raises(NoTicketError, match="not committed"):
                unsealer(user.reference, entry)
        with pytest.raises(NoTicketError, match="somebody else"):
            unsealer("f" * 32, entry)


@pytest.mark.parametrize(
    ("payload", "rule"),
    [
        ({"case": "x"}, "missing"),
        ({"case": "x", "count": "3"}, "another kind"),
        ({"case": "x", "count": 3, "extra": 1}, "not in the event"),
    ],
)
def test_fields_that_the_type_does_not_allow_are_refused(office, now, payload, rule):
    with sides.atomic(), pytest.raises(EventFieldError, match=rule):
        append(NOTED, actor=machine("t"), subject=None, now=now, payload=payload)


def test_a_user_side_sees_only_entries_about_its_subject(office, user, now):
    with sides.atomic():
        append(NOTED, actor=machine("t"), subject=user.reference, now=now, payload=ONE)
        append(NOTED, actor=machine("t"), subject="e" * 32, now=now, payload=ONE)
    assert Entry.objects.count() == 0
    with sides.as_subject(user.reference):
        assert Entry.objects.count() == 1
