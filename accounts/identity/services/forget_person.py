"""Identity's part in erasing a person: what leads from their reference to the account."""

from datetime import datetime

from accounts.identity.models import RoleAssignment, User, new_reference
from audit.actors import Actor
from audit.erasure import Ground
from audit.errors import ShredRefusedError

#: decided elsewhere: by the deletion's own flow, or before a backup was restored
_DECIDED = {Ground.DELETION, Ground.REPLAYED, Ground.RESUMED}


class ForgetPerson:
    """Answers the log's port: may this person be erased, and then drops the map."""

    def knows(self, reference: str) -> bool:
        """Return whether an account has this reference."""
        return User.objects.filter(reference=reference).exists()

    def refuse(self, reference: str, *, ground: Ground) -> None:
        """Raise ShredRefusedError for members of staff, past ones too, and for an account that is open."""
        if RoleAssignment.objects.filter(user__reference=reference).exists():
            raise ShredRefusedError("staff", "This person held a role among the staff: who read what is not erased.")
        is_open = User.objects.filter(reference=reference, is_active=True).exists()
        if is_open and ground not in _DECIDED:
            raise ShredRefusedError("active", "This person's account is open: it has to be closed or deleted first.")

    def forget(self, reference: str, *, actor: Actor, now: datetime) -> None:
        """Shut the account and give its row a reference of its own: nothing leads from the old one to the person.

        The row itself, with its e-mail address, goes when the account is deleted; that is the deletion's part.
        """
        del actor, now  # the log's line says who and when
        User.objects.filter(reference=reference).update(reference=new_reference(), is_active=False)
