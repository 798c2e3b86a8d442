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
from rights.forms import FieldDecisionForm
from rights.kind import RIGHTS
from rights.states import Attestation, ExclusionReason, FieldDecision, RefusalGround


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


def _granted_letter(reference: str) -> tuple[str, str, str] | None:
    request = selectors.get_request(reference)
    titles = services.titles_of(services.marked_by(request))
    return letters.preview(letters.GRANTED, request, now=timezone.now(), titles=titles)


def _lifting_letter(reference: str) -> tuple[str, str, str] | None:
    request = selectors.get_request(reference)
    marked = selectors.marks_in_force().filter(request=request).values_list("category", flat=True)
    return letters.preview(letters.LIFTED, request, now=timezone.now(), titles=services.titles_of(marked))


def _question_letter(reference: str, *, text: str) -> tuple[str, str, str] | None:
    request, now = selectors.get_request(reference), timezone.now()
    rests = services.may_pause(request, now)
    return letters.preview(letters.QUESTION, request, now=now, question=text.strip(), paused_since=rests)


def _exclude(reference: str, step: UUID, *, reason: str, **facts: Any) -> object:
    return services.exclude_step(reference, step, reason=ExclusionReason(reason), **facts)


def _decide(reference: str, correction: UUID, *, decision: str, **facts: Any) -> object:
    return services.decide_correction(reference, correction, decision=FieldDecision(decision), **facts)


def _corrected_letter(reference: str) -> tuple[str, str, str] | None:
    request = selectors.get_request(reference)
    return letters.preview(letters.CORRECTED, request, now=timezone.now(), **services.letter_facts(request))


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
    "grant": Action(
        _("Grant it"),
        _(
            "What the request names is marked from now on: it is read for the person's rights, for a law and with "
            "their agreement alone. The platform is ordered to do the same, and the person gets a letter."
        ),
        _("%(reference)s is granted."),
        services.grant_request,
        decides=True,
        letter=_granted_letter,
    ),
    "lift": Action(
        _("Lift the restriction"),
        _("The person gets the letter first; then the data is used again as before. It cannot be put back, only anew."),
        _("What %(reference)s restricted is lifted."),
        services.lift_marks,
        danger=True,
        decides=True,
        letter=_lifting_letter,
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
        danger=True,
        decides=True,
        letter=_refusal_letter,
    ),
    **question_acts(RIGHTS, _question_letter, services.send_question, services.go_on_unanswered),
}

#: acts that are other ones for a correction
CORRECTION_ACTIONS: Mapping[str, Action] = {
    "start": Action(
        _("Approve what you decided"),
        _(
            "Machines put in place what you accepted, the platform is ordered to do so, too, and whoever received it "
            "is told. Nothing of it can be taken back, and your decisions stay."
        ),
        _("Work on what you accepted of %(reference)s has begun."),
        services.approve_correction,
        button=_("Approve"),
        decides=True,
    ),
    "approve": Action(
        _("Answer the request"),
        _("The person is written to: what was corrected, what was not and why, and who was told. It cannot be undone."),
        _("%(reference)s is answered."),
        services.close_correction,
        button=_("Answer it"),
        decides=True,
        letter=_corrected_letter,
    ),
}

STEP_ACTIONS: Mapping[str, Action] = {
    "decide": Action(
        _("Decide about a field"),
        _("Until you approve the whole you may decide anew."),
        _("It is decided on %(reference)s."),
        _decide,
        form=FieldDecisionForm,
        button=_("Decide"),
        decides=True,
    ),
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
        _("Attest what was done outside"),
        _("Your name and the evidence's digest stand in the log; of a deletion, the digest stands in the certificate."),
        _("It is attested on %(reference)s."),
        _attest,
        button=_("Attest"),
        decides=True,
    ),
}
