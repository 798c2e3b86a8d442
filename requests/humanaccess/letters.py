"""Letters to users about access to their data; each is kept in the inbox and mailed."""

from datetime import datetime

from django.utils.functional import lazy

from accounts.identity.models import User
from accounts.inbox.kinds import declare_letter
from accounts.inbox.services import write_letter

from . import selectors
from .grounds import Ground
from .models import GROUND_TITLES, ApprovalRequest, Grant
from .states import EndReason
from .texts import render_duration

#: evaluated when the letter is rendered, in the recipient's language
_render_duration = lazy(render_duration, str)

ASKED, LOOKED, ENDED = (
    declare_letter(
        f"humanaccess.{name}", f"letters/humanaccess/{name}_subject.txt", f"letters/humanaccess/{name}_body.txt"
    )
    for name in ("asked", "looked", "ended")
)


def _reader(reference: str) -> str:
    return selectors.get_names([reference]).get(reference, "")


def write_question(approval_request: ApprovalRequest, subject: User, now: datetime) -> None:
    """Tell the user that a request waits for their answer; one that is not theirs to answer is not announced."""
    if approval_request.ground == Ground.AGREEMENT:
        context = {
            "asker": _reader(approval_request.asker),
            "count": approval_request.items.count(),
            "expires_at": approval_request.expires_at,
        }
        write_letter(subject, kind=ASKED.name, context=context, now=now, case=approval_request.reference)


def write_read_notice(grant: Grant, now: datetime) -> None:
    """Tell the user of the first read under a grant that they had not agreed to themselves."""
    subject = selectors.get_user(grant.subject)
    if subject is None or grant.approval_request.ground == Ground.AGREEMENT:
        return
    if selectors.list_reads(grant.approval_request.reference).count() == 1:
        context = {
            "reader": _reader(grant.reader),
            "ends_at": grant.ends_at,
            "ground": GROUND_TITLES[Ground(grant.approval_request.ground)],
        }
        write_letter(subject, kind=LOOKED.name, context=context, now=now, case=grant.approval_request.reference)


def write_ended(grant: Grant, now: datetime) -> None:
    """Tell the user that access has ended and how often it was used, unless they never heard of it."""
    subject = selectors.get_user(grant.subject)
    reads = selectors.list_reads(grant.approval_request.reference).count()
    if subject is None or (grant.approval_request.ground != Ground.AGREEMENT and not reads):
        return
    ended = Grant.objects.get(pk=grant.pk)
    context = {
        "reader": _reader(grant.reader),
        "reads": reads,
        "window": _render_duration((ended.end_of(now) or now) - ended.starts_at),
        "why": EndReason(ended.ended_reason).label,
    }
    write_letter(subject, kind=ENDED.name, context=context, now=now, case=grant.approval_request.reference)
