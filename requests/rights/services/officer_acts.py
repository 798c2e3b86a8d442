"""What an officer does with a request: take it, write a note, approve its delivery, refuse it; and its release."""

import uuid
from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from audit.log.actors import Actor
from core import db
from rights import events, letters
from rights.errors import NotAllowedError, RightsError
from rights.log_request import log_request
from rights.models import Package, RequestNote, RightsRequest, Step
from rights.policies import check_officer, may_work_queue, next_state
from rights.selectors import get_request_for_update
from rights.states import OPEN, SETTLED, AllowedAct, RefusalGround
from vault.services import encrypt

#: in characters
LONGEST_NOTE = 4000
SHORTEST_REASONS, LONGEST_REASONS = 20, 4000


def take_request(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Make `actor` the officer who holds the request; a colleague's request is taken over.

    Raises NotAllowedError, WrongStateError.
    """
    with db.atomic():
        request = get_request_for_update(reference)
        check_officer(AllowedAct.TAKE, request, officer=actor)
        request.state = next_state(request, AllowedAct.TAKE)
        if request.assignee_id == actor.pk:
            return request
        request.assignee = actor
        request.save(update_fields=["state", "assignee"])
        log_request(events.REQUEST_TAKEN, request, actor=actor_of(actor), now=now)
    return request


def release_requests(reference: str, *, actor: Actor, now: datetime) -> None:
    """Return the open requests of the officer with this reference, who can no longer work on them, to the queue."""
    with db.atomic():
        requests = RightsRequest.objects.select_for_update(of=("self",)).filter(state__in=sorted(OPEN))
        for request in requests.filter(assignee__reference=reference):
            request.assignee = None
            request.save(update_fields=["assignee"])
            log_request(events.REQUEST_RELEASED, request, actor=actor, now=now)


def add_note(reference: str, *, actor: User, text: str, now: datetime) -> RequestNote:
    """Store an officer's note, encrypted under the subject's key. Raises NotAllowedError, RightsError."""
    text = text.strip()
    if not 1 <= len(text) <= LONGEST_NOTE:
        raise RightsError("text", _("A note has between 1 and %(longest)s characters.") % {"longest": LONGEST_NOTE})
    with db.atomic():
        request = get_request_for_update(reference)
        if not may_work_queue(actor) or actor.reference == request.subject:
            raise NotAllowedError("actor", _("Only a privacy officer may do this."))
        note = RequestNote(
            id=uuid.uuid4(), request=request, subject=request.subject, author=actor.reference, written_at=now
        )
        note.sealed = encrypt(request.subject, note.encryption_context, text.encode())
        note.save(force_insert=True)
        log_request(events.REQUEST_NOTED, request, actor=actor_of(actor), now=now, note=str(note.pk))
    return note


def approve_delivery(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Fulfil a reviewed request: its package is offered to the subject from now on, who gets a letter.

    Raises NotAllowedError, WrongStateError; RightsError while a step is not settled or the package is missing.
    """
    with db.atomic():
        request = get_request_for_update(reference)
        check_officer(AllowedAct.APPROVE, request, officer=actor)
        state = next_state(request, AllowedAct.APPROVE)
        if Step.objects.filter(request=request).exclude(status__in=sorted(SETTLED)).exists():
            raise RightsError("steps", _("A step has not finished. Nothing is delivered before every step is settled."))
        package = Package.objects.select_for_update().filter(request=request, removed_at__isnull=True).first()
        if package is None:
            raise RightsError("package", _("There is no package to deliver."))
        package.expires_at = now + timedelta(days=settings.RIGHTS_PACKAGE_DAYS)
        package.save(update_fields=["expires_at"])
        request.state = state
        request.closed_at = now
        request.save(update_fields=["state", "closed_at"])
        log_request(events.REQUEST_FULFILLED, request, actor=actor_of(actor), now=now, package=str(package.pk))
        letters.write(letters.READY, request, now=now, package=package)
    return request


def refuse_request(reference: str, *, actor: User, ground: RefusalGround, reasons: str, now: datetime) -> RightsRequest:
    """Refuse with a ground and the reasons, which the subject reads with the ways of complaint (GDPR 12(4)).

    The reasons are encrypted: they may be about the person. Raises NotAllowedError, WrongStateError, RightsError.
    """
    reasons = reasons.strip()
    if not SHORTEST_REASONS <= len(reasons) <= LONGEST_REASONS:
        raise RightsError(
            "reasons",
            _("Give the reasons in %(shortest)s to %(longest)s characters; the user reads them.")
            % {"shortest": SHORTEST_REASONS, "longest": LONGEST_REASONS},
        )
    with db.atomic():
        request = get_request_for_update(reference)
        check_officer(AllowedAct.REFUSE, request, officer=actor)
        request.state = next_state(request, AllowedAct.REFUSE)
        request.closed_at = now
        request.refusal_ground = ground
        request.save(update_fields=["state", "closed_at", "refusal_ground"])
        log_request(
            events.REQUEST_REFUSED,
            request,
            actor=actor_of(actor),
            now=now,
            personal={"reasons": reasons},
            ground=ground.value,
        )
        letters.write(letters.REFUSED, request, now=now, reasons=reasons)
    return request
