"""What its person had restricted opens to staff with their agreement or for a law alone, at every door of the gate."""

from importlib import import_module

import pytest
from django.utils import timezone

from core import db
from humanaccess import services
from humanaccess.errors import InvalidError, ReadRefusedError
from humanaccess.grounds import Ground
from rights import services as rights
from rights.states import Kind


@pytest.fixture
def restrict(user, officer, now):
    """Restrict the person's data categories: `restrict("logs")`."""

    def mark(*categories):
        details = {"categories": list(categories), "ground": "claims"}
        with db.use_role("default"):
            request = rights.receive_request(user, kind=Kind.RESTRICTION, identified=True, now=now, details=details)
        with db.use_role("staff"):
            rights.take_request(request.reference, actor=officer, now=now)
            rights.grant_request(request.reference, actor=officer, now=now)

    return mark


def read(grant, item, reader):
    with db.use_role("staff"):
        facts = {"mfa": True, "stepped_up": True, "now": timezone.now()}
        return services.read_item(grant.pk, item_id=item, reader=reader, **facts)


def test_what_is_restricted_is_not_asked_for_on_the_ground_of_security(make_request, restrict, approver):
    restrict("logs")
    with pytest.raises(InvalidError, match="had the use of this restricted") as refusal:
        make_request(Ground.SECURITY)
    assert (refusal.value.field, refusal.value.rule) == ("items", "restricted")


def test_nor_opened_without_a_decision(restrict, user, engineer, approver, lines, now):
    restrict("logs")
    facts = {"reason": "An intruder is in the system right now, I must see these.", "incident": "INC-1", "now": now}
    with db.use_role("staff"), pytest.raises(InvalidError, match="had the use of this restricted"):
        services.break_glass(asker=engineer, subject=user, items=lines, **facts)


def test_another_category_is_still_asked_for(make_request, restrict, approver):
    restrict("usage")
    assert make_request(Ground.SECURITY)


def test_with_the_persons_agreement_it_is_read(agreed, support, lines, restrict):
    restrict("logs")
    assert "canary-log-text" in str(read(agreed, lines[0].id, support).values)


def test_a_grant_of_before_reads_no_longer(approved, engineer, lines, restrict):
    assert read(approved, lines[0].id, engineer)
    restrict("logs")
    with pytest.raises(ReadRefusedError, match="had the use of this restricted") as refusal:
        read(approved, lines[0].id, engineer)
    assert refusal.value.rule == "restricted"


def test_the_database_refuses_it_too(approved, engineer, lines, restrict, monkeypatch):
    module = import_module("humanaccess.services.read_item")
    monkeypatch.setattr(module, "is_restricted", lambda *_facts: False)
    assert read(approved, lines[0].id, engineer)
    restrict("logs")
    with pytest.raises(Exception, match="nothing to show"):
        read(approved, lines[0].id, engineer)
