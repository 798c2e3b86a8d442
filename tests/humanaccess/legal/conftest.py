"""Legal processes, made as the pages make them."""

from datetime import timedelta

import pytest

from accounts.identity.roles import Role
from core import db
from humanaccess import services as gate
from humanaccess.grounds import Ground
from humanaccess.legal import services

PDF = b"%PDF-1.7\norder\n%%EOF\n"


@pytest.fixture
def counsel(make_staff):
    """A legal counsel."""
    return make_staff("lena", Role.LEGAL_COUNSEL)


@pytest.fixture
def approver_legal(make_staff, officer):
    """Somebody with the right to approve on the ground of law, beside a privacy officer."""
    return make_staff("adam", Role.APPROVER_LEGAL)


@pytest.fixture
def receipt(user, counsel, now):
    """What a receipt takes."""
    return {
        "actor": counsel,
        "subject": user,
        "kind": "court_order",
        "country": "DE",
        "authority": "Amtsgericht Musterstadt",
        "number": "12 Gs 345/26",
        "received_on": now.date() - timedelta(days=1),
        "due_on": now.date() + timedelta(days=20),
        "document": [PDF],
        "now": now,
    }


@pytest.fixture
def delayed_by(now):
    """The fields of a delay."""
    return {"ground": "order", "until": now.date() + timedelta(days=30), "delay": "The order forbids it, § 3."}


@pytest.fixture
def receive(receipt):
    """File a process: `receive()` tells the person at once, `receive(**delayed_by)` does not."""

    def make(**changes):
        with db.use_role("staff"):
            return services.receive_process(**{**receipt, **changes})

    return make


@pytest.fixture
def agree(counsel, now):
    """Agree the scope of a process."""

    def make(process, **changes):
        facts = {
            "actor": counsel,
            "categories": ["inbox.letters", "logs"],
            "period_from": now.date() - timedelta(days=90),
            "period_until": now.date(),
            "scope": "Log lines of one app in the autumn.",
            "now": now,
            **changes,
        }
        with db.use_role("staff"):
            return services.agree_scope(process.reference, **facts)

    return make


@pytest.fixture
def request_for(make_request, counsel):
    """File an approval request on the ground of law for a process."""

    def make(process, **changes):
        facts = {"asker": counsel, "process": process and process.reference, **changes}
        return make_request(Ground.LEGAL, **facts)

    return make


@pytest.fixture
def opened(receive, agree, request_for, approver_legal, delayed_by, now):
    """A grant on the ground of law for a process whose notice is delayed."""
    request = request_for(agree(receive(**delayed_by)))
    with db.use_role("staff"):
        grant = gate.approve_request(request, actor=approver_legal, now=now)
        assert grant.approval_request.process  # fetched now: its person's own pages see none
        return grant
