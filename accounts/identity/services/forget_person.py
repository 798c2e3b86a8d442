"""Identity's part in erasing a person: remove the link from their reference to the account."""

from datetime import datetime

from accounts.identity.models import RoleAssignment, User, new_reference
from audit.errors import ErasureRefusedError
from audit.log.actors import Actor
from audit.log.labels import ErasureGround

#: decided elsewhere: by the deletion's own flow, or before a backup was restored
_DECIDED = {ErasureGround.DELETION, ErasureGround.REPLAYED, ErasureGround.RESUMED}


class ForgetPerson:
    """The log's erasure participant: says whether a person may be erased, then removes the link."""

    def knows(self, reference: str) -> bool:
        """Return whether an account has this reference."""
        return User.objects.filter(reference=reference).exists()

    def refuse(self, reference: str, *, ground: ErasureGround) -> None:
        """Raise ErasureRefusedError for members of staff, past ones too, and for an account that is open."""
        if RoleAssignment.objects.filter(user__reference=reference).exists():
            raise ErasureRefusedError("staff", "This person held a role among the staff: who read what is not erased.")
        is_open = User.objects.filter(reference=reference, is_active=True).exists()
        if is_open and ground not in _DECIDED:
            raise ErasureRefusedError("active", "This person's account is open: it has to be closed or deleted first.")

    def forget(self, reference: str, *, actor: Actor, now: datetime) -> None:
        """Deactivate the account and give its row a new reference: nothing leads from the old one to the person.

        The row itself, with its e-mail address, is removed by the deletion of the account.
        """
        del actor, now  # the log entry says who and when
        User.objects.filter(reference=reference).update(reference=new_reference(), is_active=False)
