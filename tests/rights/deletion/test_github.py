"""The authorisation at GitHub in a deletion: ended by machine, or by hand where that cannot be."""

from datetime import timedelta

import pytest
from allauth.socialaccount.models import SocialAccount
from django.utils import timezone

from accounts.connections.services import keep_github_token, sweep_revocations
from core import db
from rights import services
from rights.models import Step
from rights.states import StepStatus, Verb
from tests.dev.practice.oauth_flow import OAuthFlow
from tests.dev.practice.provider import github, practice, practice_process

__all__ = ["github", "practice", "practice_process"]


@pytest.fixture
def connected(user):
    """Layla's account at GitHub, by which she signs in."""
    with db.use_role("default"):
        return SocialAccount.objects.create(user=user, provider="github", uid="9000001")


@pytest.fixture
def kept(github, connected, user, now):
    """The token of her newest sign-in."""
    token = OAuthFlow(github, "github").tokens()["access_token"]
    with db.use_role("default"):
        keep_github_token(user, connected.uid, token, now=now)


@pytest.fixture
def begin(deletion, officer, now):
    """Begin Layla's deletion; return the step for GitHub, or for another place: `begin("google")`."""

    def do(place="github"):
        with db.use_role("staff"):
            services.take_request(deletion.reference, actor=officer, now=now)
            request = services.start_erasure(deletion.reference, actor=officer, now=now)
        with db.use_role("worker"):
            return Step.objects.get(request_id=request.pk, holding=place)

    return do


@pytest.fixture
def run(now):
    """Run a step at a time: `run(step)`; `give_up(step)` until it needs attention."""

    def do(step, *, later=timedelta()):
        with db.use_role("worker"):
            services.run_step(step.pk, clock=lambda: now + later)
            step.refresh_from_db()
            return step

    return do


def confirm(at=None):
    with db.use_role("worker"):
        return sweep_revocations(clock=lambda: at or timezone.now())


def test_it_is_ended_by_machine_and_its_receipt_says_so(github, kept, begin, run):
    step = begin()
    assert step.verb == Verb.ERASE_OUTSIDE
    assert run(step).status == StepStatus.WAITING
    assert confirm() == 1
    assert github.state()["github"]["grants"] == []
    step = run(step, later=timedelta(minutes=2))
    assert (step.status, step.receipt) == (StepStatus.DONE, {"count": 1, "finding": "erased"})


def test_who_never_signed_in_there_has_nothing_there(github, begin, run):
    step = run(begin())
    assert (step.status, step.receipt["finding"]) == (StepStatus.DONE, "nothing_held")


def give_up(step, run):
    while step.status != StepStatus.NEEDS_ATTENTION:
        step = run(step, later=timedelta(days=2, hours=step.attempts))
    return step


def test_what_github_never_confirmed_is_left_to_an_officer(github, kept, begin, run):
    github.fault("github.grant", "500")
    step = run(begin())
    assert confirm(timezone.now() + timedelta(days=1, minutes=1)) == 0
    assert give_up(step, run).last_error == "ProviderError:not_confirmed"


def test_an_account_of_which_no_token_was_kept_is_left_to_an_officer(github, connected, begin, run):
    step = run(begin())
    assert (step.status, step.last_error) == (StepStatus.FAILED, "ProviderError:no_token")
    assert give_up(step, run).verb == Verb.ERASE_OUTSIDE


def test_without_a_client_it_is_done_by_hand(connected, begin):
    assert begin().verb == Verb.ATTEST
