"""List items of a user by place and time, so that an approval request can name them.

That is an access too: the entry is committed first. A new transaction then names it to the database, whose functions
list nothing without it.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import Error as DatabaseError
from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.policies import is_same_person
from accounts.personaldata.item_providers import NamedItem, provider_of
from accounts.workloads.item_providers import list_app_outlines
from audit.errors import LogError
from audit.log.append import append
from core import db
from humanaccess import events
from humanaccess.errors import AccessDeniedError, InvalidError, LogUnwritableError
from humanaccess.grounds import Ground
from humanaccess.policies import grounds_for, may_read_for

from .progress import logged_refusals


@contextmanager
def _listing(asker: User, subject: User, kind: str, case: str | None, now: datetime) -> Iterator[None]:
    """Commit the entry of a listing, then open the transaction in which the database lists; refusals are logged.

    `case` is the legal process that it is for, which whoever may ask on the ground of law alone must name.
    """
    actor = actor_of(asker)
    try:
        with (
            logged_refusals("list", actor=asker, subject=subject.reference, now=now, case=case),
            db.atomic(durable=True),
        ):
            if not (grounds := grounds_for(asker)):
                raise AccessDeniedError(_("Your roles do not let you ask on any ground."), rule="role")
            if case is not None or grounds == [Ground.LEGAL]:
                may_read_for(case or "", subject, grounds)
            if is_same_person(asker, subject):
                raise AccessDeniedError(
                    _("Nobody asks to look at their own data here."), field="subject", rule="own_data"
                )
            payload = {"kind": kind, "case": case}
            entry = append(events.ITEMS_LISTED, actor=actor, subject=subject.reference, now=now, payload=payload)
    except (DatabaseError, LogError) as error:
        raise LogUnwritableError(_("The log could not be written, so nothing is shown."), rule="log") from error
    with db.atomic(durable=True):
        db.set_local(subject=subject.reference, entry=str(entry))
        yield


def list_items(
    *, asker: User, subject: User, kind: str, where: Mapping[str, Any], now: datetime, case: str | None = None
) -> Sequence[NamedItem]:
    """Return the outlines of a user's items of one kind, never their content.

    Raises InvalidError for an unknown kind or a `where` that its provider does not take, AccessDeniedError for
    whoever may not request access on any ground, LogUnwritableError when no entry can be written.
    """
    try:
        provider = provider_of(kind)
    except KeyError:
        raise InvalidError(_("There is no such kind of item."), field="kind", rule="unknown") from None
    try:
        with _listing(asker, subject, kind, case, now):
            return provider.name_items(subject.reference, **where)
    except ValueError as error:
        raise InvalidError(str(error), field="where", rule="source") from None


def list_apps(
    *, asker: User, subject: User, now: datetime, case: str | None = None
) -> Sequence[tuple[UUID, str, str, datetime]]:
    """Return id, provider, region and last change of a user's apps, to choose one; raises like `list_items`."""
    with _listing(asker, subject, "workloads.app", case, now):
        return list_app_outlines(subject.reference)
