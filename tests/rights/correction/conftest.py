"""A correction at each of its stages: layla's app has a wrong name, and her account a wrong address."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.workloads.models import PlatformOrder
from accounts.workloads.services import answer_order, ingest_stream, settle_order
from audit.log.actors import machine
from core import db
from rights import services
from rights.models import Correction, Step
from rights.states import Attestation, FieldDecision, StepStatus, Verb
from tests.platform_rows import put_row
from tests.stream_lines import file, line

WRONG, RIGHT = "canary-wrong-name", "canary-right-name"
WHY = "The name has a letter too many, as the paper shows."
PAPER = b"%PDF-1.7 the paper"
EMAIL = "identity.account::email"


@pytest.fixture
def now():
    """The time now: what a step reads by is measured against the database's clock."""
    return timezone.now()


@pytest.fixture
def app(user, now):
    """An app of layla's, whose name is wrong."""
    return put_row("workloads_app", user.reference, now - timedelta(days=1), sealed={"name": WRONG})


@pytest.fixture
def name_of(app):
    """The key of its name."""
    return f"apps:{app}:name"


@pytest.fixture
def correct(user, now):
    """File a correction as layla: `correct((key, value), …)`."""

    def file(*wanted, reason=WHY, evidence=b"", by=user):
        with db.use_role("default"):
            return services.file_correction(
                by, wanted=wanted, reason=reason, evidence=evidence, identified=True, now=now
            )

    return file


@pytest.fixture
def filed(correct, name_of):
    """Both fields, with evidence."""
    return correct((name_of, RIGHT), (EMAIL, "right@example.org"), evidence=PAPER)


@pytest.fixture
def decide(officer, now):
    """Decide about every field as the officer who holds the case: `decide(request)`."""

    def do(request, *, verdict=FieldDecision.ACCEPTED, field=None, by=officer, **more):
        with db.use_role("staff"):
            services.take_request(request.reference, actor=by, now=now)
            for row in Correction.objects.filter(request=request):
                if field in (None, row.field):
                    services.decide_correction(request.reference, row.pk, actor=by, decision=verdict, now=now, **more)

    return do


@pytest.fixture
def begun(filed, decide, officer, now):
    """Accepted as a whole, and begun."""
    decide(filed)
    with db.use_role("staff"):
        return services.approve_correction(filed.reference, actor=officer, now=now)


@pytest.fixture
def answer(now):
    """Answer the open orders of a request as the platform, and settle them as the worker."""

    def do(request, *, outcome="corrected"):
        with db.use_role("staff"):
            orders = list(PlatformOrder.objects.filter(case_ref=request.reference, answered_at=None))
        for order in orders:
            with db.use_role("ingest"):
                answer_order(
                    order.pk,
                    subject=order.subject,
                    apps=[],
                    outcome=outcome,
                    token=order.pk,
                    actor=machine("service-token:x"),
                    now=now,
                )
            with db.use_role("worker"):
                assert settle_order(order.pk, now=now)

    return do


@pytest.fixture
def send(user, app, now):
    """Send the app's record on its stream as the platform: `send(name)`."""

    def do(name=RIGHT):
        sent = line("apps", user.pk, id=str(app), time=now.isoformat(), name=name)
        with db.use_role("ingest"):
            ingest_stream(file(sent), actor=machine("x"), source="api", clock=timezone.now)

    return do


@pytest.fixture
def inform(officer, now):
    """Attest that whoever is told by hand was told."""

    def do(request, *, finding=Attestation.CORRECTED):
        with db.use_role("staff"):
            for step in Step.objects.filter(request=request, verb=Verb.INFORM, status=StepStatus.WAITING):
                services.attest_step(
                    request.reference,
                    step.pk,
                    actor=officer,
                    finding=finding,
                    evidence=[PAPER],
                    backups_until=None,
                    now=now,
                )

    return do
