"""Letters to users about access to their data; each is kept in the inbox and mailed."""

from collections.abc import Callable
from datetime import datetime

from django.urls import reverse
from django.utils.functional import lazy

from accounts.identity.models import User
from accounts.identity.roles import Role
from accounts.inbox.kinds import LetterKind, declare_letter
from accounts.inbox.services import write_letter

from . import selectors
from .grounds import Ground
from .models import GROUND_TITLES, ApprovalRequest, Grant
from .states import EndReason
from .texts import render_duration

#: evaluated when the letter is rendered, in the recipient's language
_render_duration = lazy(render_duration, str)


def _permission(case: str) -> str:
    return reverse("humanaccess:permission", args=[case])


def _accesses(case: str) -> str:
    """Return the path of the accesses under a request that the user does not answer and has no page for."""
    return reverse("humanaccess:access_history", query={"q": case})


def _kind(name: str, template: str, page_of: Callable[[str], str]) -> LetterKind:
    folder = "letters/humanaccess/"
    return declare_letter(
        f"humanaccess.{name}", f"{folder}{template}_subject.txt", f"{folder}{template}_body.txt", page_of
    )


ASKED = _kind("asked", "asked", _permission)
LOOKED = _kind("looked", "looked", _accesses)
GLASS = _kind("glass", "glass", _accesses)
GLASS_STAFF = _kind("glass_staff", "glass_staff", lambda case: reverse("admin:humanaccess_approval", args=[case]))
ENDED = _kind("ended", "ended", _accesses)
PERMISSION_ENDED = _kind("permission_ended", "ended", _permission)


def _reader(reference: str) -> str:
    return selectors.get_names([reference]).get(reference, "")


def _is_withheld(grant: Grant, now: datetime) -> bool:
    """Return whether the person is not to know of it yet: the letter about the legal process tells all of it then."""
    process = grant.approval_request.process
    return process is not None and not process.is_told(now)


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
    request = grant.approval_request
    if request.ground == Ground.AGREEMENT or request.break_glass or _is_withheld(grant, now):
        return  # who agreed knows, who was written to when it opened, and who must not know yet
    subject = selectors.get_user(grant.subject)
    if subject is not None and selectors.list_reads(grant.approval_request.reference).count() == 1:
        context = {
            "reader": _reader(grant.reader),
            "ends_at": grant.ends_at,
            "ground": GROUND_TITLES[Ground(grant.approval_request.ground)],
        }
        write_letter(subject, kind=LOOKED.name, context=context, now=now, case=grant.approval_request.reference)


def write_glass_broken(grant: Grant, subject: User, now: datetime) -> None:
    """Tell the user, every approver and every privacy officer at once that access opened without a decision."""
    case = grant.approval_request.reference
    context = {"reader": _reader(grant.reader), "ends_at": grant.ends_at}
    write_letter(subject, kind=GLASS.name, context=context, now=now, case=case)
    report = {"ends_at": grant.ends_at, "incident": grant.approval_request.abuse_reference}
    for one in selectors.list_holders(Role.APPROVER_SECURITY, Role.APPROVER_LEGAL, Role.PRIVACY_OFFICER):
        if one.reference not in {grant.reader, grant.subject}:
            write_letter(one, kind=GLASS_STAFF.name, context=report, now=now, case=case)


def write_ended(grant: Grant, now: datetime) -> None:
    """Tell the user that access has ended and how often it was used, unless they never heard of it."""
    subject = selectors.get_user(grant.subject)
    reads = selectors.list_reads(grant.approval_request.reference).count()
    told = grant.approval_request.ground == Ground.AGREEMENT or grant.approval_request.break_glass or reads
    if subject is None or not told or _is_withheld(grant, now):
        return
    ended = Grant.objects.get(pk=grant.pk)
    context = {
        "reader": _reader(grant.reader),
        "reads": reads,
        "window": _render_duration((ended.end_of(now) or now) - ended.starts_at),
        "why": EndReason(ended.ended_reason).label,
    }
    kind = PERMISSION_ENDED if grant.approval_request.ground == Ground.AGREEMENT else ENDED
    write_letter(subject, kind=kind.name, context=context, now=now, case=grant.approval_request.reference)
