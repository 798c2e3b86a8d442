"""Make and end people's tokens, and remove those that ended long ago."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.identity.actors import actor_of
from accounts.identity.errors import IdentityError
from accounts.identity.events import TOKEN_ENDED, TOKEN_MADE, TOKENS_REMOVED
from accounts.identity.models import User, UserToken
from accounts.identity.policies import roles_of
from accounts.identity.selectors import list_factors
from accounts.identity.token_scopes import STAFF_SCOPES, TokenScope
from accounts.personaldata.categories import PastRule, lock_holds, subjects_on_hold
from audit.log import rfc3339
from audit.log.actors import Actor, machine
from audit.log.append import append
from core import db

#: choices of days, and how long a token with a scope of the staff works
DAYS, STAFF_DAYS = (7, 30, 90, 365), 1
#: tokens of one person that work at a time
MOST_TOKENS = 20
#: days after which a token that ended is removed; the database keeps younger ones
KEEP_DAYS = 90
_CATEGORY = "identity.tokens"
NOT_YOURS = _("A scope of the staff needs a role among the staff that is in force, and a second step for signing in.")


def open_scopes(user: User) -> list[TokenScope]:
    """Return the scopes that a token of this person may have, and that count in one now."""
    may_be_staff = bool(roles_of(user)) and bool(list_factors(user))
    return [scope for scope in TokenScope if may_be_staff or scope not in STAFF_SCOPES]


def works(now: datetime) -> Q:
    """Return the condition of tokens that have neither expired nor been ended."""
    return Q(revoked_at=None, expires_at__gt=now)


def list_user_tokens(user: User, now: datetime) -> tuple[QuerySet[UserToken], QuerySet[UserToken]]:
    """Return the person's tokens that work, and the others, newest first; read them in `db.row_security_for`."""
    own = UserToken.objects.filter(subject=user.reference).order_by("-made_at", "id")
    return own.filter(works(now)), own.exclude(works(now))


def make_user_token(user: User, name: str, *, scopes: Sequence[str], days: int, now: datetime) -> tuple[UserToken, str]:
    """Make a token that works for `days` days, and return it with its text, which is kept nowhere.

    Raises IdentityError for a name that another token which works has, a scope that is not theirs, days that are no
    choice, and more tokens than MOST_TOKENS.
    """
    text = UserToken.new_text()
    is_for_staff = not STAFF_SCOPES.isdisjoint(scopes)
    with db.row_security_for(user.reference):
        db.select_rows("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [f"tokens:{user.reference}"])
        person = User.objects.get(pk=user.pk)
        if not person.is_active:
            raise IdentityError("", _("This account is closed."))
        if not scopes or not {*scopes} <= {*open_scopes(person)}:
            raise IdentityError("scopes", NOT_YOURS if is_for_staff else _("Choose what the token may do."))
        if days not in ((STAFF_DAYS,) if is_for_staff else (STAFF_DAYS, *DAYS)):
            raise IdentityError("days", _("A token with a scope of the staff works for one day."))
        names = list(UserToken.objects.filter(works(now), subject=person.reference).values_list("name", flat=True))
        if name in names:
            raise IdentityError("name", _("A token of yours has this name. End it first, or choose another name."))
        if len(names) >= MOST_TOKENS:
            raise IdentityError("", _("You have as many tokens as one person may have. End one first."))
        token = UserToken.store(text, name, scopes=scopes, days=days, now=now, subject=person.reference)
        payload = {"token": str(token.id), "scopes": token.scopes, "expires": rfc3339.write(token.expires_at)}
        append(TOKEN_MADE, actor=actor_of(person), subject=person.reference, now=now, payload=payload)
    return token, text


def revoke_user_token(user: User, token_id: UUID, *, now: datetime) -> UserToken:
    """End one of the person's own tokens: the next request with it is refused.

    Raises UserToken.DoesNotExist for one that is not theirs, TokenEndedError for one that was ended before.
    """
    with db.row_security_for(user.reference):
        UserToken.objects.only("pk").get(pk=token_id)
        token = UserToken.revoke(token_id, now=now)
        _log_end(token_id, user.reference, actor=actor_of(user), reason="ended by the user", now=now)
    return token


def end_user_tokens(reference: str, *, actor: Actor, reason: str, now: datetime, only_staff: bool = False) -> None:
    """End a person's tokens, or those with a scope of the staff, in the transaction of what they rested on."""
    for (token,) in db.select_rows("SELECT identity_end_tokens(%s, %s, %s)", [reference, only_staff, now]):
        _log_end(token, reference, actor=actor, reason=reason, now=now)


def _log_end(token: UUID, reference: str, *, actor: Actor, reason: str, now: datetime) -> None:
    payload = {"token": str(token), "reason": reason}
    append(TOKEN_ENDED, actor=actor, subject=reference, now=now, payload=payload)


def _ended_long_ago(now: datetime) -> QuerySet[UserToken]:
    last = now - timedelta(days=KEEP_DAYS)
    return UserToken.objects.filter(Q(expires_at__lt=last) | Q(revoked_at__lt=last))


def count_old_tokens(now: datetime) -> PastRule:
    """Return how many tokens ended longer ago than they are kept, and how many of them a hold keeps; as the worker."""
    held = _ended_long_ago(now).filter(subject__in=subjects_on_hold(_CATEGORY, now)).count()
    return PastRule(_ended_long_ago(now).count() - held, held)


def remove_old_tokens(*, now: datetime) -> int:
    """Remove the tokens that ended longer ago than they are kept, and return how many; as the worker."""
    with db.atomic():
        lock_holds()
        removed, _by_model = _ended_long_ago(now).exclude(subject__in=subjects_on_hold(_CATEGORY, now)).delete()
        if removed:
            payload = {"count": removed, "days": KEEP_DAYS}
            append(TOKENS_REMOVED, actor=machine("retention"), subject=None, now=now, payload=payload)
    return removed
