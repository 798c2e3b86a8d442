"""The demo office: rights requests, approval requests and legal processes of every state, and a log that verifies."""

import pytest
from django.core.management import call_command
from django.db.models.functions import Now
from django.utils import timezone

from accounts.identity.models import StaffMail
from accounts.identity.services import mail_staff
from accounts.terms.models import Processor
from audit.log.models import Entry
from core import db
from core.promises import PromiseState, measure, promises
from humanaccess.models import Aggregate, ApprovalRequest, LegalProcess, Review
from rights.models import LegalHold, RightsRequest
from rights.states import RequestState


@pytest.fixture(autouse=True)
def journal(settings, tmp_path):
    """Keep the journal of erasures in a folder of the test's own: one of the deletions is complete."""
    settings.AUDIT_CHECKPOINT_DIR = str(tmp_path / "checkpoints")


@pytest.mark.usefixtures("office")
def test_the_demo_office_is_full_and_its_log_is_true(capsys):
    call_command("demo_people")
    call_command("demo_office")
    call_command("demo_office")
    with db.use_role("staff"):
        states = list(RightsRequest.objects.values_list("state", flat=True))
        assert (len(states), ApprovalRequest.objects.count(), Review.objects.count()) == (52, 25, 4)
        assert set(LegalProcess.objects.values_list("state", flat=True)) == {"scope_agreed", "produced", "challenged"}
        assert set(states) == set(RequestState)
        holds = LegalHold.objects.order_by("placed_at")
        assert [(hold.category, hold.is_active(timezone.now())) for hold in holds] == [
            ("commands", True),
            ("", False),
        ]
        late = RightsRequest.objects.filter(state__in=["received", "verifying", "in_progress", "review"])
        assert late.filter(due_at__lt=Now()).count() >= 3
        assert set(ApprovalRequest.objects.values_list("state", flat=True)) == {
            "asked",
            "agreed",
            "approved",
            "refused",
            "cancelled",
            "expired",
            "opened",
        }
    with db.use_role("auditor"):
        seconds = [abs((at - timezone.now()).total_seconds()) for at in Entry.objects.values_list("time", flat=True)]
    assert max(seconds) < 600
    with db.use_role("auditor"):
        cells = [cell["persons"] for answer in Aggregate.objects.all() for cell in answer.cells]
        assert cells.count(None) >= 5
        assert len(cells) - cells.count(None) >= 10
    with db.use_role("auditor"):
        register = Processor.objects.all()
        assert [row.slug for row in register if row.lacks(timezone.now().date())] == []
        assert [row.slug for row in register if row.is_due_soon(timezone.now().date())] == ["stripe"]
    about_access = {"P03", "P06", "P11", "P12", "P13", "P14"}
    found = {each.sentence: measure(each, timezone.now()) for each in promises() if each.id in about_access}
    assert {sentence: result.note for sentence, result in found.items() if result.state != PromiseState.KEPT} == {}
    # Everybody on the staff is mailed by the worker, whose role sees what waits for each of them.
    with db.use_role("worker"):
        assert mail_staff(timezone.now()) >= 4
        assert StaffMail.objects.count() == 10
