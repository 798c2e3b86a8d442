"""What an officer does with a request: hold it, write a note, approve its delivery, refuse it."""

from datetime import datetime, timedelta
from functools import partial

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from cases import notes, services as cases
from cases.log_case import log_case
from cases.policies import check_worker, next_state
from core import db
from core.foreign_text import visible_length
from rights import events, letters
from rights.errors import RightsError
from rights.kind import RIGHTS
from rights.mentions import count_mentions
from rights.models import Package, RightsRequest, Step
from rights.selectors import get_request_for_update
from rights.states import GROUND_OF, SETTLED, AllowedAct, MarkEnd, RefusalGround

from .marks import end_marks
from .questions import end_questions

#: in characters
SHORTEST_REASONS, LONGEST_REASONS = 20, 4000


take_request = partial(cases.take_case, RIGHTS)
release_request = partial(cases.release_case, RIGHTS)
release_requests = partial(cases.release_cases, RIGHTS)
assign_request = partial(cases.assign_case, RIGHTS)
add_note = partial(notes.add_note, RIGHTS)


def package_expiry(approved_at: datetime) -> datetime:
    """Return until when a package that is approved then can be downloaded."""
    return approved_at + timedelta(days=settings.RIGHTS_PACKAGE_DAYS)


def approve_delivery(reference: str, *, actor: User, now: datetime, reviewed: bool = False) -> RightsRequest:
    """Fulfil a reviewed request: its package is offered to the subject from now on, who gets a letter.

    What machines found of other people has to be `reviewed`. Raises NotAllowedError, WrongStateError; RightsError
    while a step is not settled, the package is missing, or what was found is not reviewed.
    """
    with db.atomic():
        request = get_request_for_update(reference)
        check_worker(RIGHTS, request, actor)
        state = next_state(RIGHTS, request, AllowedAct.APPROVE)
        steps = list(Step.objects.filter(request=request))
        if any(step.status not in SETTLED for step in steps):
            raise RightsError("steps", _("A step has not finished. Nothing is delivered before every step is settled."))
        if count_mentions(steps) and not reviewed:
            raise RightsError("reviewed", _("Say that you have reviewed what machines found of other people."))
        package = Package.objects.select_for_update().filter(request=request, removed_at__isnull=True).first()
        if package is None:
            raise RightsError("package", _("There is no package to deliver."))
        package.expires_at = package_expiry(now)
        package.save(update_fields=["expires_at"])
        request.state = state
        request.closed_at = now
        request.save(update_fields=["state", "closed_at"])
        log_case(
            events.REQUEST_FULFILLED,
            request,
            actor=actor_of(actor),
            now=now,
            package=str(package.pk),
            mentions=count_mentions(steps, told=True),
        )
        letters.write(letters.READY, request, now=now, package=package)
    return request


def clean_reasons(field: str, text: str) -> str:
    """Return the reasons of a refusal as they are stored; raises RightsError, which names the field."""
    text = text.strip()
    if visible_length(text) < SHORTEST_REASONS or len(text) > LONGEST_REASONS:
        raise RightsError(
            field,
            _("Give the reasons in %(shortest)s to %(longest)s characters; the user reads them.")
            % {"shortest": SHORTEST_REASONS, "longest": LONGEST_REASONS},
        )
    return text


def refuse_request(reference: str, *, actor: User, ground: RefusalGround, reasons: str, now: datetime) -> RightsRequest:
    """Refuse with a ground and the reasons, which the subject reads with the ways of complaint (GDPR 12(4)).

    The reasons are encrypted: they may be about the person. Raises NotAllowedError, WrongStateError, RightsError.
    """
    reasons = clean_reasons("reasons", reasons)
    with db.atomic():
        request = get_request_for_update(reference)
        check_worker(RIGHTS, request, actor)
        if GROUND_OF.get(ground, request.kind) != request.kind:
            raise RightsError("ground", _("This ground is for requests of another kind."))
        state = next_state(RIGHTS, request, AllowedAct.REFUSE)
        end_questions(request, now)
        request.state = state
        request.closed_at = now
        request.refusal_ground = ground
        request.save(update_fields=["state", "closed_at", "refusal_ground"])
        log_case(
            events.REQUEST_REFUSED,
            request,
            actor=actor_of(actor),
            now=now,
            personal={"reasons": reasons},
            ground=ground.value,
        )
        letters.write(letters.REFUSED, request, now=now, reasons=reasons)
        end_marks(request, actor=actor_of(actor), now=now, reason=MarkEnd.DECIDED)
    return request
