"""Access to Google data in a deletion: wiped by machine, and done once Google has confirmed the end."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.connections import google as client
from accounts.connections.models import GoogleGrant, Revocation, WipeReason
from accounts.workloads.models import OrderKind, PlatformOrder
from core import db
from omegaoffice.dev.practice.google_scopes import EMAIL, ROOT
from rights.states import StepStatus, Verb
from tests.dev.practice.oauth_flow import OAuthFlow
from tests.dev.practice.provider import google, practice, practice_process
from tests.google_access import grant_access
from tests.rights.deletion.test_github import begin, confirm, give_up, run
from vault.services import encrypt

__all__ = ["begin", "google", "practice", "practice_process", "run"]


@pytest.fixture
def granted(google, user, now):
    """What Layla granted at Google, with a token that is good there; returns how it is stored."""
    scope = f"openid {EMAIL} {ROOT}drive"
    token = OAuthFlow(google, "google").tokens(scope=scope, access_type="offline", prompt="consent")["refresh_token"]
    grant = grant_access(user, now)
    with db.row_security_for(user.reference):
        grant.sealed = encrypt(user.reference, grant.encryption_context, token.encode())
        grant.token_hash = client.hash_token(token)
        grant.save()
    return grant


def stored():
    """Return whether a grant is here, and what has ended."""
    with db.use_role("worker"):
        return GoogleGrant.objects.exists(), list(Revocation.objects.all())


def grants_at(provider):
    return provider.state()["google"]["grants"]


def test_it_is_wiped_by_machine_and_done_once_google_has_confirmed(google, granted, begin, run):
    step = begin("google")
    assert step.verb == Verb.ERASE_OUTSIDE
    assert stored() == (True, [])
    assert run(step).status == StepStatus.WAITING
    is_here, [ended] = stored()
    assert (is_here, ended.pk, ended.reason) == (False, granted.pk, WipeReason.DELETION)
    assert (ended.confirmed_at, ended.sealed) == (None, granted.sealed)
    assert run(step, later=timedelta(minutes=2)).status == StepStatus.WAITING
    assert len(grants_at(google)) == 1
    assert confirm() == 1
    assert grants_at(google) == []
    _is_here, [ended] = stored()
    assert (ended.confirmed_at is None, ended.sealed) == (False, None)
    step = run(step, later=timedelta(minutes=4))
    assert (step.status, step.receipt) == (StepStatus.DONE, {"count": 1, "finding": "erased"})
    with db.use_role("staff"):
        assert not PlatformOrder.objects.filter(kind=OrderKind.DROP_CACHE).exists()


def test_who_never_granted_anything_has_nothing_there(google, begin, run):
    step = run(begin("google"))
    assert (step.status, step.receipt["finding"]) == (StepStatus.DONE, "nothing_held")


def test_what_google_never_confirmed_is_left_to_an_officer(google, granted, begin, run):
    google.fault("google.revoke", "500")
    step = run(begin("google"))
    assert confirm(timezone.now() + timedelta(days=1, minutes=1)) == 0
    assert stored()[1][0].sealed is None
    assert give_up(step, run).last_error == "ProviderError:not_confirmed"
