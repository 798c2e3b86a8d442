"""A person who goes to Google for their automations and comes back, against the practice provider's process."""

from urllib.parse import urlsplit

import pytest
from django.test import Client
from django.utils import timezone

from accounts.connections.models import GoogleGrant, Revocation
from accounts.connections.services import sweep_revocations
from accounts.identity.roles import Role
from accounts.workloads.services import make_token
from audit.log.actors import machine
from core import db
from tests.dev.practice.provider import LAYLA, github, google, practice, practice_process

__all__ = ["github", "google", "practice", "practice_process"]
PAGE, TOKENS = "/settings/connections/", "/api/v1/platform/tokens"


@pytest.fixture
def ask(google):
    """Press a button on the page and return the address of Google's consent page: `ask(client)`."""
    return lambda client, automation="": client.post(f"{PAGE}google/consent/{automation and f'{automation}/'}")[
        "Location"
    ]


@pytest.fixture
def connect(google, ask):
    """Go to Google and come back: `connect(client)`; `granted` are the scopes left ticked there."""

    def dance(client, *, automation="", who=LAYLA, **answer):
        back = urlsplit(google.sign_in(ask(client, automation), who, **answer))
        return client.get(f"{back.path}?{back.query}", follow=True)

    return dance


@pytest.fixture
def work(monkeypatch):
    """Let the worker end what waits for Google: `work()`, or at another time `work(later)`."""

    def run(at=None):
        with db.use_role("worker"):
            return sweep_revocations(clock=lambda: at or timezone.now())

    return run


@pytest.fixture
def kept():
    """Return the grant and the ended ones as they are stored: `kept()`."""

    def read():
        with db.use_role("worker"):
            return GoogleGrant.objects.first(), list(Revocation.objects.order_by("asked_at"))

    return read


@pytest.fixture
def officer(make_staff):
    return make_staff("priya", Role.PRIVACY_OFFICER)


@pytest.fixture
def fetch(user, office):
    """Fetch a token as the platform: `fetch(automation)`."""
    with db.use_role("staff"):
        text = make_token("platform", scopes=["tokens"], actor=machine("console"), now=timezone.now())[1]

    def do(found, subject=user.reference, text=text, caller=None, **more):
        body, headers = {"subject": subject, "automation": str(found), **more}, {"Authorization": f"Bearer {text}"}
        return (caller or Client()).post(TOKENS, body, content_type="application/json", headers=headers)

    return do
