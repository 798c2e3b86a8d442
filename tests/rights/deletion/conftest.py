"""A deletion at each of its stages."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.identity.roles import Role
from core import db
from rights import services
from rights.models import Step
from rights.states import Attestation, Kind, StepStatus, Verb

PROOF = b"%PDF-1.7 deleted"


@pytest.fixture
def now():
    """The time now: entries that let rows go are measured against the database's clock."""
    return timezone.now()


@pytest.fixture(autouse=True)
def journal(settings, tmp_path):
    """Keep the journal of erasures in a folder of the test's own."""
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")


@pytest.fixture
def second(make_staff):
    """Another privacy officer."""
    return make_staff("olga", Role.PRIVACY_OFFICER)


@pytest.fixture
def deletion(file_request, user, now):
    """Layla's deletion, filed fifteen days ago."""
    return file_request(user, at=now - timedelta(days=15), kind=Kind.DELETION)


@pytest.fixture
def begun(deletion, officer, now):
    """The same, begun by the officer."""
    with db.use_role("staff"):
        services.take_request(deletion.reference, actor=officer, now=now)
        return services.start_erasure(deletion.reference, actor=officer, now=now)


@pytest.fixture
def attest(officer, now):
    """Attest every step outside: `attest(request)`."""

    def do(request, *, finding=Attestation.ERASED, evidence=PROOF, by=officer, only=None):
        with db.use_role("staff"):
            for step in Step.objects.filter(request=request, verb=Verb.ATTEST, status=StepStatus.WAITING):
                if only in (None, step.holding):
                    services.attest_step(
                        request.reference,
                        step.pk,
                        actor=by,
                        finding=finding,
                        evidence=[evidence] if evidence else None,
                        backups_until=None,
                        now=now,
                    )

    return do


@pytest.fixture
def sign_off(second, now):
    """Sign a deletion off as the second officer."""

    def do(request, by=second):
        with db.use_role("staff"):
            return services.sign_off_deletion(request.reference, actor=by, now=now)

    return do
