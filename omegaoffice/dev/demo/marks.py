"""People who had the use of their data restricted, or objected to it."""

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any

from accounts.identity.models import User
from core import db
from rights import services as rights
from rights.states import Kind

_DAY = timedelta(days=1)
#: name, days ago, kind and what was chosen, and whether an officer granted it
_MARKS: tuple[tuple[str, int, Kind, dict[str, Any], bool], ...] = (
    ("salma", 11, Kind.RESTRICTION, {"categories": ["logs", "commands"], "ground": "accuracy"}, True),
    ("ilyas", 6, Kind.OBJECTION, {"to": "analytics"}, False),
    ("dana", 2, Kind.OBJECTION, {"to": "security"}, False),
)


def make_marks(people: Mapping[str, User], make_user: Callable[[str, datetime], User], now: datetime) -> int:
    """Make one restriction, one objection that worked at once and one that waits; return how many."""
    for name, days, kind, details, is_granted in _MARKS:
        at = now - days * _DAY
        user = make_user(name, at - 90 * _DAY)
        with db.use_role("default"):
            request = rights.receive_request(user, kind=kind, identified=True, now=at, country="DE", details=details)
        if is_granted:
            with db.use_role("staff"):
                rights.take_request(request.reference, actor=people["paula"], now=at + _DAY)
                rights.grant_request(request.reference, actor=people["paula"], now=at + _DAY)
    return len(_MARKS)
