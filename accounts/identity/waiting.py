"""What waits for a member of staff: each app above registers a list. Pages and mails are made of these lists alone."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.core.cache import cache

from core.registry import Registry

from .models import User
from .policies import roles_of
from .roles import Role

#: of each list the most urgent ones are shown, and the queue has all; so many are told by mail
MOST, MOST_MAILED = 50, 1_000
#: a section of the first page shows so many of its items, and says how many more there are
SHOWN = 20
#: seconds for which the menu shows the same counts, unless the person does something
COUNTS_LAST = 30
#: what is due within this time is shown as due soon
DUE_SOON = timedelta(days=7)


@dataclass(frozen=True)
class WaitingItem:
    """One thing that a person may do now.

    `key` is the same for as long as the same thing waits. `act` is the label of the button, which opens `url`, or posts
    to `post_url` by one press. `is_mine` says that nobody else was given it. No field names a user to a mail: mails
    have the lists' titles and counts alone.
    """

    key: str
    title: Any
    text: Any
    act: Any
    url: str
    since: datetime
    due_at: datetime | None = None
    #: the day, where a law counts in days
    due_on: date | None = None
    post_url: str = ""
    is_mine: bool = False
    #: the reference of the person whom it is about: nobody is told of their own
    subject: str = ""
    note: Any = ""
    note_tone: str = "danger"
    #: told at once, and to whoever wants no mails
    is_urgent: bool = False
    #: told to colleagues once it has waited for hours with somebody
    may_escalate: bool = False

    def is_due_soon(self, now: datetime) -> bool:
        """Return whether its deadline is seven days off at most, or over."""
        return self.due_at is not None and self.due_at < now + DUE_SOON


@dataclass(frozen=True)
class WaitingList:
    """A kind of thing that waits.

    `find(user, roles, now, most)` returns those that this person may do, the most urgent first, `most` of them.
    """

    name: str
    title: Any
    find: Callable[[User, frozenset[Role], datetime, int], Sequence[WaitingItem]]
    roles: frozenset[Role]
    #: False for what the first page says in another place
    is_listed: bool = True


_lists = Registry[WaitingList]("List of what waits")
declare_waiting = _lists.declaring(WaitingList)


def lists_for(roles: frozenset[Role]) -> list[WaitingList]:
    """Return the lists in which something may wait for somebody with these roles."""
    return [each for each in _lists.listed() if each.roles & roles]


def waiting_for(
    user: User, now: datetime, *, most: int = MOST, unlisted: bool = False
) -> dict[WaitingList, Sequence[WaitingItem]]:
    """Return each list with what waits for this member of staff in it; empty lists are left out."""
    roles = roles_of(user)
    found = {each: each.find(user, roles, now, most) for each in lists_for(roles) if each.is_listed or unlisted}
    return {each: items for each, items in found.items() if items}


@dataclass(frozen=True)
class WaitingGroup:
    """One section of the staff's first page: its most urgent items, and how many there are."""

    name: str
    items: Sequence[WaitingItem]
    count: int

    @property
    def more(self) -> int:
        """Return how many items are not shown."""
        return self.count - len(self.items)


def group_waiting(items: Sequence[WaitingItem], now: datetime) -> list[WaitingGroup]:
    """Return the items in sections, each the oldest first: late, due soon, mine, and for anybody with my role."""
    groups: dict[str, list[WaitingItem]] = {"late": [], "soon": [], "mine": [], "anybody": []}
    for item in sorted(items, key=lambda each: (each.due_at or each.since, each.since)):
        if item.due_at is not None and item.due_at < now:
            name = "late"
        elif item.is_due_soon(now):
            name = "soon"
        else:
            name = "mine" if item.is_mine else "anybody"
        groups[name].append(item)
    return [WaitingGroup(name, found[:SHOWN], len(found)) for name, found in groups.items() if found]


def _cache_key(user: User) -> str:
    return f"waiting:{user.pk}"


def remember_counts(user: User, waiting: Mapping[WaitingList, Sequence[WaitingItem]]) -> dict[str, int]:
    """Keep how much waits for this person in which list, for the menu of other pages."""
    counts = {each.name: len(items) for each, items in waiting.items()}
    cache.set(_cache_key(user), counts, COUNTS_LAST)
    return counts


def forget_counts(user: User) -> None:
    """Have the counts made anew at the next page, after an act of this person."""
    cache.delete(_cache_key(user))


def count_waiting(user: User, now: datetime) -> dict[str, int]:
    """Return how much waits for this person in which list; half a minute old at most."""
    found: dict[str, int] | None = cache.get(_cache_key(user))
    return remember_counts(user, waiting_for(user, now)) if found is None else found
