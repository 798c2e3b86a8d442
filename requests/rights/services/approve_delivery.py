"""Approve the delivery of a package."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.inbox.services import write_letter
from audit import sides
from audit.services import append
from rights import events
from rights.errors import RightsError
from rights.letters import READY
from rights.models import Package, RightsRequest, Step
from rights.policies import check_officer, next_state
from rights.states import SETTLED, Act

from .locked import lock_request


def approve_delivery(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Fulfil a reviewed request: its package is offered to the subject from now on, who is written to.

    Raises NotAllowedError, WrongStateError; RightsError while a step is not settled or the package is missing.
    """
    with sides.atomic():
        request = lock_request(reference)
        check_officer(Act.APPROVE, request, officer=actor)
        state = next_state(request, Act.APPROVE)
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
        append(
            events.REQUEST_FULFILLED,
            actor=actor_of(actor),
            subject=request.subject,
            now=now,
            payload={"case": request.reference, "package": str(package.pk)},
        )
        if request.user is not None:
            write_letter(
                request.user,
                kind=READY.name,
                context={"request": request, "package": package},
                now=now,
                case=request.reference,
            )
    return request
