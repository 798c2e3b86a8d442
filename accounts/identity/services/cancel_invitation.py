"""Take an invitation back."""

from datetime import datetime
from uuid import UUID

from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.models import Invitation, User

from .staff_change import cancel, staff_change


def cancel_invitation(invitation_id: UUID, *, by: User, now: datetime) -> None:
    """Stop the link from working; raises IdentityError when it was used or cancelled before."""
    with staff_change("cancel an invitation", by=by, about=None, now=now):
        invitation = Invitation.objects.select_for_update().get(pk=invitation_id)
        if invitation.accepted_at or invitation.cancelled_at:
            raise IdentityError("", _("This invitation was used or cancelled before."), "not open")
        cancel(invitation, actor=actor_of(by), now=now)
