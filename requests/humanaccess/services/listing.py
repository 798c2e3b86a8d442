"""List items of a user by place and time, so that an approval request can name them.

That is an access too: the entry is committed first. A new transaction then names it to the database, whose functions
list nothing without it.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseError
from django.utils.translation import gettext as _

from accounts.connections.item_providers import RUN, find_run
from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.policies import is_same_person
from accounts.personaldata.item_providers import FIRST, LAST, MOST_NAMED, ItemProvider, NamedItem, provider_of
from accounts.workloads.item_providers import APP, list_app_outlines
from audit.errors import LogError
from audit.log.append import append
from core import db
from humanaccess import events
from humanaccess.errors import AccessDeniedError, InvalidError, LogUnwritableError
from humanaccess.grounds import Ground
from humanaccess.policies import grounds_for, may_read_for

from .progress import logged_refusals

#: what is recorded so long before and after a run is looked for with it
AROUND_RUN = timedelta(minutes=15)
_FIRST_TIME = datetime.min.replace(tzinfo=UTC)
#: where a page of a listing ended: time, kind and number of its last item
Bookmark = tuple[datetime, str, UUID]


@dataclass(frozen=True)
class ItemPage:
    """One page of a listing, in the order of time, and where it ended; None where nothing follows."""

    items: Sequence[NamedItem]
    end: Bookmark | None


@contextmanager
def _listing(
    asker: User, subject: User, kinds: Sequence[str], case: str | None, now: datetime
) -> Iterator[Callable[[str], None]]:
    """Commit an entry for each kind that is listed, then open the transaction in which the database lists.

    Refusals are logged. What is yielded names the entry of a kind to the database, before that kind is listed. `case`
    is the legal process that it is for, which whoever may ask on the ground of law alone must name.
    """
    actor, entries = actor_of(asker), dict[str, str]()
    try:
        with (
            logged_refusals("list", actor=asker, subject=subject.reference, now=now, case=case),
            db.atomic(durable=True),
        ):
            if not (grounds := grounds_for(asker)):
                raise AccessDeniedError(_("Your roles do not let you ask on any ground."), rule="role")
            if is_same_person(asker, subject):
                raise AccessDeniedError(
                    _("Nobody asks to look at their own data here."), field="subject", rule="own_data"
                )
            if case is not None or grounds == [Ground.LEGAL]:
                may_read_for(case or "", subject, grounds)
            for kind in kinds:
                payload = {"kind": kind, "case": case}
                entry = append(events.ITEMS_LISTED, actor=actor, subject=subject.reference, now=now, payload=payload)
                entries[kind] = str(entry)
    except (DatabaseError, LogError) as error:
        raise LogUnwritableError(_("The log could not be written, so nothing is shown."), rule="log") from error
    with db.atomic(durable=True):
        db.set_local(subject=subject.reference)
        yield lambda kind: db.set_local(entry=entries[kind])


def list_items(
    *, asker: User, subject: User, kind: str, where: Mapping[str, Any], now: datetime, case: str | None = None
) -> Sequence[NamedItem]:
    """Return the outlines of a user's items of one kind, as `search_items` does."""
    return search_items(asker=asker, subject=subject, kinds=[kind], where=where, now=now, case=case).items


def search_items(
    *,
    asker: User,
    subject: User,
    kinds: Sequence[str],
    where: Mapping[str, Any],
    now: datetime,
    after: Bookmark | None = None,
    most: int = MOST_NAMED,
    case: str | None = None,
) -> ItemPage:
    """Return a page of the outlines of a user's items of these kinds behind `after`, never their content.

    `where` are `app`, `run`, `start` and `end`, each for the kinds that take it; with a run, the time around it. `case`
    is the legal process that they are listed for, if any. Raises InvalidError for an unknown kind or run, or too little
    to go by, AccessDeniedError for whoever may not request access on any ground, LogUnwritableError when no entry can
    be written.
    """
    try:
        providers = [provider_of(kind) for kind in sorted(set(kinds))]
    except KeyError:
        raise InvalidError(_("There is no such kind of item."), field="kind", rule="unknown") from None
    if not providers:
        raise InvalidError(_("Choose at least one kind of item."), field="kind", rule="required")
    wanted = {name: value for name, value in where.items() if name != "run"}
    run = [RUN.kind] if where.get("run") else []
    found: list[NamedItem] = []
    try:
        with _listing(asker, subject, sorted({*run, *(each.kind for each in providers)}), case, now) as name_entry:
            if run:
                name_entry(RUN.kind)
                wanted |= _around(find_run(subject.reference, where["run"]), wanted)
            for provider in providers:
                name_entry(provider.kind)
                found += _items_of(provider, subject.reference, wanted, after, most)
    except ValueError as error:
        raise InvalidError(str(error), field="where", rule="source") from None
    found.sort(key=_bookmark)
    page = found[:most]
    return ItemPage(page, _bookmark(page[-1]) if len(found) > most else None)


def _around(at: datetime | None, wanted: Mapping[str, Any]) -> dict[str, datetime]:
    """Return the period around a run, within the one that is asked for."""
    if at is None:
        raise InvalidError(_("This person has no such run."), field="run", rule="unknown")
    start, end = at - AROUND_RUN, at + AROUND_RUN
    return {"start": max(wanted.get("start") or start, start), "end": min(wanted.get("end") or end, end)}


def _bookmark(item: NamedItem) -> Bookmark:
    """Return where an item stands in a listing; what has no time stands first."""
    return item.at or _FIRST_TIME, item.kind, item.id


def _items_of(
    provider: ItemProvider, reference: str, wanted: Mapping[str, Any], after: Bookmark | None, most: int
) -> list[NamedItem]:
    """Return a kind's items behind `after`, one more than `most` to tell that there are more."""
    where = {name: wanted[name] for name in provider.takes if name in wanted}
    if "start" not in provider.takes:
        found = provider.name_items(reference, **where)
        return [item for item in found if after is None or _bookmark(item) > after]
    if after is not None:
        at, kind, last = after
        where["start"] = max(at, where.get("start") or at)
        if where["start"] == at:
            where["after"] = last if kind == provider.kind else FIRST if kind < provider.kind else LAST
    return list(provider.name_items(reference, **where, most=min(most, MOST_NAMED) + 1))


def list_apps(
    *, asker: User, subject: User, now: datetime, case: str | None = None
) -> Sequence[tuple[UUID, str, str, datetime]]:
    """Return id, provider, region and last change of a user's apps, to choose one; raises like `list_items`."""
    with _listing(asker, subject, [APP.kind], case, now) as name_entry:
        name_entry(APP.kind)
        return list_app_outlines(subject.reference)
