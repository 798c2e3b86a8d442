"""Approve the delivery of a package."""

from datetime import datetime, timedelta

from django.conf import settings
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from core import db
from rights import events, letters
from rights.errors import RightsError
from rights.log_request import log_request
from rights.models import Package, RightsRequest, Step
from rights.policies import check_officer, next_state
from rights.selectors import get_request_for_update
from rights.states import SETTLED, AllowedAct


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
