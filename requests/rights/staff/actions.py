"""What an officer may do on the staff console: the text of each act and the one service that it calls.

Each `do` takes the request's reference and, for acts on a step, the step's id.
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from cases.acts import assigned_acts, question_acts
from core.actions import Action
from rights import letters, selectors, services
from rights.forms import AttestForm, RefusalForm
from rights.kind import RIGHTS
from rights.states import Attestation, ExclusionReason, RefusalGround


def _refuse(reference: str, *, ground: str, **facts: Any) -> object:
    return services.refuse_request(reference, ground=RefusalGround(ground), **facts)


def _refusal_letter(reference: str, *, ground: str, reasons: str) -> tuple[str, str, str] | None:
    request = selectors.get_request(reference)
    request.refusal_ground = ground
    return letters.preview(letters.REFUSED, request, now=timezone.now(), reasons=reasons)


def _delivery_letter(reference: str, **_form: Any) -> tuple[str, str, str] | None:
    request, now = selectors.get_request(reference), timezone.now()
    package = getattr(request, "package", None)
    if package is None:
        return None
    package.expires_at = services.package_expiry(now)
    return letters.preview(letters.READY, request, now=now, package=package)


def _question_letter(reference: str, *, text: str) -> tuple[str, str, str] | None:
    request, now = selectors.get_request(reference), timezone.now()
    rests = services.may_pause(request, now)
    return letters.preview(letters.QUESTION, request, now=now, question=text.strip(), paused_since=rests)


def _exclude(reference: str, step: UUID, *, reason: str, **facts: Any) -> object:
    return services.exclude_step(reference, step, reason=ExclusionReason(reason), **facts)


def _attest(reference: str, step: UUID, *, finding: str, evidence: Any, **facts: Any) -> object:
    content = evidence.chunks() if evidence else None
    return services.attest_step(reference, step, finding=Attestation(finding), evidence=content, **facts)


_READS = _("Machines read each data category of this person into an encrypted file. No person sees what is in it.")

ACTIONS: Mapping[str, Action] = {
    **assigned_acts(RIGHTS),
    "begin": Action(
        _("Take the request and start the work"),
        _READS,
        _("You hold %(reference)s, and work on it has started."),
        services.begin_request,
        button=_("Take and start"),
        at_once=True,
        undo="unbegin",
    ),
    "unbegin": Action(
        _("Stop the work and put the case back"),
        _("Steps that run write nothing more, and the case returns to the queue, for any officer to take."),
        _("Work on %(reference)s is stopped, and it is back in the queue."),
        services.unbegin_request,
        at_once=True,
        undo="begin",
    ),
    "start": Action(
        _("Start the work"),
        _READS,
        _("Work on %(reference)s has started."),
        services.start_request,
        at_once=True,
        undo="stop",
    ),
    "stop": Action(
        _("Stop the work"),
        _("Steps that run write nothing more. Started again, the work begins anew."),
        _("Work on %(reference)s is stopped."),
        services.stop_request,
        at_once=True,
        undo="start",
    ),
    "approve": Action(
        _("Approve the delivery"),
        _("The person is written to and can download the package from now on. This cannot be undone."),
        _("The delivery of %(reference)s is approved."),
        services.approve_delivery,
        decides=True,
        letter=_delivery_letter,
    ),
    "erase": Action(
        _("Begin the deletion"),
        _(
            "The account is closed at once, and machines erase each data category. Nothing of it can be taken back. "
            "What lies outside of the office you erase there, and attest it here; then a second person signs off."
        ),
        _("The deletion %(reference)s has begun."),
        services.start_erasure,
        danger=True,
        decides=True,
    ),
    "sign_off": Action(
        _("Sign the deletion off"),
        _(
            "You confirm that what was attested below was erased there, and that what was left out may stay. Then the "
            "certificate's link is mailed, and key, account and address go. This cannot be undone."
        ),
        _("%(reference)s is signed off; its last steps run."),
        services.sign_off_deletion,
        button=_("Sign off"),
        danger=True,
        decides=True,
    ),
    "refuse": Action(
        _("Refuse this request"),
        _("The person is written to, with the ground, your reasons and the ways of complaint. This cannot be undone."),
        _("%(reference)s is refused."),
        _refuse,
        form=RefusalForm,
        danger=True,
        decides=True,
        letter=_refusal_letter,
    ),
    **question_acts(RIGHTS, _question_letter, services.send_question, services.go_on_unanswered),
}

STEP_ACTIONS: Mapping[str, Action] = {
    "retry": Action(
        _("Try this step again"),
        _("It gets as many attempts again and runs at once."),
        _("The step of %(reference)s runs again."),
        services.retry_step,
        at_once=True,
    ),
    "leave_out": Action(
        _("Go on without this step"),
        _("The person's answer says that it was left out, and why."),
        _("%(reference)s goes on without that step."),
        _exclude,
        danger=True,
        decides=True,
    ),
    "attest": Action(
        _("Attest what was erased outside"),
        _("Your name and the evidence's digest stand in the log; the digest stands in the certificate."),
        _("It is attested on %(reference)s."),
        _attest,
        form=AttestForm,
        button=_("Attest"),
        decides=True,
    ),
}
