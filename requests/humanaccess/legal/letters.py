"""The letter that tells a person of a legal process about them; names and sentences stand on their page only."""

from datetime import datetime

from django.urls import reverse

from accounts.identity.models import User
from accounts.inbox.kinds import declare_letter
from accounts.inbox.services import write_letter

from .models import LegalProcess

_FOLDER = "letters/humanaccess/process"
TOLD = declare_letter(
    "humanaccess.process_told",
    f"{_FOLDER}_subject.txt",
    f"{_FOLDER}_body.txt",
    lambda _case: reverse("humanaccess:access_history"),
)


def write_process_notice(process: LegalProcess, now: datetime) -> None:
    """Tell the person of a process, if their account still exists."""
    subject = User.objects.filter(reference=process.subject).first()
    if subject is not None:
        context = {"received_at": process.received_at, "is_late": process.delayed_until is not None}
        write_letter(subject, kind=TOLD.name, context=context, now=now, case=process.reference)
