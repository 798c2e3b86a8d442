"""Identity's part in erasing a person: the account, and all that hangs on it."""

from datetime import datetime

from accounts.identity.models import RoleAssignment, User
from audit.errors import ErasureRefusedError
from audit.log.actors import Actor
from audit.log.labels import ErasureGround
from core import db

#: decided elsewhere: by the deletion's own flow, or before a backup was restored
_DECIDED = {ErasureGround.DELETION, ErasureGround.REPLAYED, ErasureGround.RESUMED}
#: what an account consists of, the account itself last
PARTS = ("sessions", "tokens", "provider_ids", "second_factors", "account")


def erase_part(reference: str, part: str) -> int:
    """Erase one of PARTS of an account whose person the log says is erased; return how many records went."""
    return int(db.select_value("SELECT identity_erase(%s, %s)", [reference, part]) or 0)


class ForgetPerson:
    """The log's erasure participant: says whether a person may be erased, then deletes the account."""

    def knows(self, reference: str) -> bool:
        """Return whether an account has this reference."""
        return User.objects.filter(reference=reference).exists()

    def refuse(self, reference: str, *, ground: ErasureGround, now: datetime) -> None:
        """Raise ErasureRefusedError for members of staff, past ones too, and for an account that is open."""
        del now  # neither depends on the time
        if RoleAssignment.objects.filter(user__reference=reference).exists():
            raise ErasureRefusedError("staff", "This person held a role among the staff: who read what is not erased.")
        is_open = User.objects.filter(reference=reference, is_active=True).exists()
        if is_open and ground not in _DECIDED:
            raise ErasureRefusedError("active", "This person's account is open: it has to be closed or deleted first.")

    def forget(self, reference: str, *, actor: Actor, now: datetime) -> None:
        """Delete the account: nothing leads from the reference to the person."""
        del actor, now  # the log entry says who and when
        for part in PARTS:
            erase_part(reference, part)
