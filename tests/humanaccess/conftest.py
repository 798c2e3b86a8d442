"""Approval requests and grants, made as the pages make them; `now` is the real time: the gate reads the database's."""

from datetime import timedelta
from itertools import count
from uuid import UUID

import pytest
from django.test import Client
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.personaldata.item_providers import NamedItem
from core import db
from humanaccess import services
from humanaccess.grounds import Ground
from humanaccess.texts import VERSION, ShownText
from tests.platform_rows import put_row
from tests.signin import sign_in

REASON = "Your upload failed twice on Monday; these lines should say why."


@pytest.fixture
def now():
    """The time now: grants and read authorisations are measured against the database's clock."""
    return timezone.now()


@pytest.fixture
def shown(now):
    """A text as the page showed it."""
    return ShownText("Sam asks to look at two lines.", VERSION, "en", now)


@pytest.fixture
def support(make_staff):
    """A support agent."""
    return make_staff("sam", Role.SUPPORT)


@pytest.fixture
def engineer(make_staff):
    """A security engineer."""
    return make_staff("erin", Role.SECURITY_ENGINEER)


@pytest.fixture
def officer(make_staff):
    """A privacy officer, who reviews where no approver is left."""
    return make_staff("paula", Role.PRIVACY_OFFICER)


@pytest.fixture
def approver(make_staff, officer):
    """Somebody with the right to approve on the security ground, in an office of three."""
    return make_staff("ada", Role.APPROVER_SECURITY)


@pytest.fixture
def lines(user, now):
    """Three log lines of the user, as staff may name them."""
    ids = [put_row("workloads_logline", user.reference, now - timedelta(hours=n)) for n in (1, 2, 3)]
    facts = {"app": "00000000", "level": "error"}
    return [NamedItem("workloads.logline", item, {**facts, "time": f"time {n}"}) for n, item in enumerate(ids)]


@pytest.fixture
def client_of():
    """Return a browser that somebody is signed in with: `client_of(user)`; staff with their second factor."""

    def enter(person, **how):
        return sign_in(Client(), person, **{"mfa": person.is_staff, "fresh": True, **how})

    return enter


@pytest.fixture
def search(user, now):
    """What the form for a new request posts to find the user's log lines."""
    return {
        "step": "find",
        "person": user.email.upper(),
        "kind": "workloads.logline",
        "app": str(UUID(int=7)),
        "start": (now - timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"),
        "end": (now + timedelta(days=1)).strftime("%Y-%m-%dT%H:%M"),
    }


@pytest.fixture
def make_request(user, support, engineer, officer, lines, now):
    """File an approval request: `make_request()` for the agreement of the user, `make_request(Ground.SECURITY)`.

    The officer is who may review: without one the user's agreement opens nothing.
    """

    numbers = count(1)

    def make(ground=Ground.AGREEMENT, **changes):
        facts = {
            "asker": support if ground == Ground.AGREEMENT else engineer,
            "subject": user,
            "ground": ground,
            "items": lines,
            "reason": f"{REASON} ({next(numbers)})",
            "abuse_reference": "ABUSE-17" if ground == Ground.SECURITY else "",
            "now": now,
            **changes,
        }
        with db.use_role("staff"):
            return services.request_approval(**facts)

    return make


@pytest.fixture
def agreed(make_request, user, lines, shown, now):
    """A grant that the user agreed to for the first two of three lines."""
    return services.agree_to_request(make_request(), user=user, items={lines[0].id, lines[1].id}, shown=shown, now=now)


@pytest.fixture
def approved(make_request, approver, now):
    """A grant that a second person approved on the security ground."""
    approval_request = make_request(Ground.SECURITY)
    with db.use_role("staff"):
        return services.approve_request(approval_request, actor=approver, now=now)


@pytest.fixture
def events(office):
    """Say which events the log holds: `events("humanaccess.")` in order, as (event, outcome)."""
    from audit.log.models import Entry

    def found(prefix="humanaccess."):
        with db.use_role("auditor"):
            rows = Entry.objects.filter(event__startswith=prefix).order_by("id")
            return list(rows.values_list("event", "outcome"))

    return found
