"""Sixty deletions while workers are killed, the broker forgets and the database crashes."""

from collections import Counter
from datetime import timedelta
from hashlib import sha256

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from accounts.personaldata.categories import data_categories
from audit.erasure.journal import published_erasures
from audit.log.models import Entry
from core import db
from rights import services
from rights.models import Certificate, RightsRequest, Step
from rights.states import Attestation, Kind, RequestState, StepStatus, Verb
from tests.platform_rows import SHAPES, put_row
from tests.rights.killing import kill_until

pytestmark = [pytest.mark.long, pytest.mark.worker]
PEOPLE = 60


@pytest.fixture
def begun(commits_last, make_user, make_staff, now, settings):
    """Sixty deletions that have begun, everything outside attested; with their people's references."""
    settings.RIGHTS_GRACE_DAYS = 0
    officer = make_staff("omar", Role.PRIVACY_OFFICER)
    references = []
    for number in range(PEOPLE):
        person = make_user(f"person{number}")
        for table in SHAPES:
            put_row(table, person.reference, now)
        request = services.receive_request(person, kind=Kind.DELETION, identified=True, now=now)
        with db.use_role("staff"):
            services.take_request(request.reference, actor=officer, now=now)
            services.start_erasure(request.reference, actor=officer, now=now)
            for step in Step.objects.filter(request=request, verb=Verb.ATTEST):
                services.attest_step(
                    request.reference,
                    step.pk,
                    actor=officer,
                    finding=Attestation.NOTHING_HELD,
                    evidence=None,
                    backups_until=None,
                    now=now,
                )
        references.append(person.reference)
    return references


def sweep_and_sign(signer):
    """Do what the scheduler and a second person do; return how many deletions are complete."""
    now = timezone.now()
    with db.use_role("worker"):
        # The step that destroys the key is leased for half an hour: what a dead worker left of it is not waited for.
        dead = Step.objects.filter(status=StepStatus.RUNNING, started_at__lt=now - timedelta(seconds=30))
        dead.update(lease_until=now, due_at=now)
        services.sweep_steps(now=now)
        stuck = Step.objects.filter(status=StepStatus.NEEDS_ATTENTION).values_list("pk", "request__reference", "verb")
        assert [verb for _pk, _reference, verb in stuck] == []
    with db.use_role("staff"):
        for reference in RightsRequest.objects.filter(state=RequestState.REVIEW).values_list("reference", flat=True):
            services.sign_off_deletion(reference, actor=signer, now=now)
        return RightsRequest.objects.filter(state=RequestState.FULFILLED).count()


def test_each_ends_once_whatever_is_killed(begun, workers, second):
    kill_until(lambda: sweep_and_sign(second) == PEOPLE, workers, kills=12, seed=20261129, seconds=420)

    with db.use_role("worker"):
        assert set(Step.objects.values_list("status", flat=True)) == {StepStatus.DONE}
        for reference in begun:
            assert not any(category.recheck(reference) for category in data_categories()), reference
        certificates = list(Certificate.objects.select_related("request"))
    with db.use_role("auditor"):
        seen = Counter(Entry.objects.filter(outcome="ok").values_list("subject", "event"))
        issued = {entry.id: bytes(entry.leaf) for entry in Entry.objects.filter(event="rights.certificate.issued")}
    once = ("rights.erasure.started", "audit.subject.shredded", "rights.certificate.issued", "rights.request.completed")
    for reference in begun:
        assert {event: seen[reference, event] for event in once} == dict.fromkeys(once, 1)
    assert len(certificates) == PEOPLE
    for each in certificates:
        assert sha256(each.statement.encode()).hexdigest().encode() in issued[each.entry]
    assert sorted(each.reference for each in published_erasures()) == sorted(begun)
