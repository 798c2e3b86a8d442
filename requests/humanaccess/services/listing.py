"""List items of a user by place and time, so that an ask can name them: a read too, and logged before."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.identity.policies import is_same_person
from accounts.identity.ports import NamedItem, source_of
from audit import sides
from audit.services import append
from humanaccess import events
from humanaccess.errors import InvalidError, NotAllowedError
from humanaccess.policies import may_ask_at_all

from .refusals import logged_refusals


def list_items(
    *, asker: User, subject: User, kind: str, where: Mapping[str, Any], now: datetime
) -> Sequence[NamedItem]:
    """Return the outlines of a user's items of one kind; never what they say.

    Raises InvalidError for an unknown kind or a `where` that the source does not take, NotAllowedError for
    whoever could not ask on any ground.
    """
    try:
        source = source_of(kind)
    except KeyError:
        raise InvalidError(_("There is no such kind of item."), field="kind", rule="unknown") from None
    actor = actor_of(asker)
    with (
        logged_refusals("list", actor=actor, subject=subject.reference, case=None, now=now),
        sides.atomic(durable=True),
    ):
        if not may_ask_at_all(asker):
            raise NotAllowedError(_("Your roles do not let you ask on any ground."), rule="role")
        if is_same_person(asker, subject):
            raise NotAllowedError(_("Nobody asks to look at their own data here."), field="subject", rule="own_data")
        append(events.ITEMS_LISTED, actor=actor, subject=subject.reference, now=now, payload={"kind": kind})
    try:
        return source.name_items(subject.reference, **where)
    except ValueError as error:
        raise InvalidError(str(error), field="where", rule="source") from None
