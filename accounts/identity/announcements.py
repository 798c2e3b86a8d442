"""What identity announces about members of staff, and about accounts, to the apps above it."""

from datetime import datetime
from typing import Protocol

from audit.log.actors import Actor
from core.registry import Listeners

from .models import User
from .roles import Role


class StaffLeft(Protocol):
    """Called in the transaction in which a member of staff is suspended or leaves."""

    def __call__(self, reference: str, *, actor: Actor, now: datetime) -> None:
        """End the approval requests and grants of the person with this reference; raising undoes the change."""


class RoleEnded(Protocol):
    """Called in the transaction in which a member of staff loses a role that was in force."""

    def __call__(self, reference: str, *, role: Role, actor: Actor, now: datetime) -> None:
        """End what the role let the person with this reference do; raising undoes the change."""


class AccountClosing(Protocol):
    """Called in the transaction in which an account is closed, to be deleted."""

    def __call__(self, reference: str, *, actor: Actor, now: datetime) -> None:
        """End what rests on the account of the person with this reference; raising undoes the change."""


class StaffNews(Protocol):
    """Called in the transaction that records a change which takes effect later unless somebody objects."""

    def __call__(self, news: str, *, about: User, role: str, effective_at: datetime, now: datetime) -> None:
        """Notify every active member of staff; `news` is right_waits, change_waits or address_changed.

        Raising undoes the change.
        """


_staff_left = Listeners[StaffLeft]()
register_staff_left = _staff_left.register
staff_left = _staff_left.tell

_role_ended = Listeners[RoleEnded]()
register_role_ended = _role_ended.register
role_ended = _role_ended.tell

_account_closing = Listeners[AccountClosing]()
register_account_closing = _account_closing.register
tell_account_closing = _account_closing.tell

_staff_news = Listeners[StaffNews]()
register_staff_news = _staff_news.register
tell_staff = _staff_news.tell
