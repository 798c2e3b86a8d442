"""Access tokens of two people: one used, one never, one ended, and one of a day for the queue."""

from collections.abc import Mapping
from datetime import datetime

from accounts.identity.models import User, UserToken
from accounts.identity.services import make_user_token, revoke_user_token
from core import db


def make_tokens(people: Mapping[str, User], now: datetime) -> None:
    """Make the tokens, unless layla has some; their texts are kept nowhere."""
    layla, paula = people["layla"], people["paula"]
    with db.row_security_for(layla.reference):
        if UserToken.objects.exists():
            return
    used, _text = make_user_token(layla, "Backup at home", scopes=["held:read", "history:read"], days=90, now=now)
    used.record_use(now)
    make_user_token(layla, "Reminders of requests", scopes=["requests:read"], days=30, now=now)
    ended, _text = make_user_token(layla, "Old laptop", scopes=["held:read", "policy:read"], days=365, now=now)
    revoke_user_token(layla, ended.pk, now=now)
    make_user_token(paula, "Morning list", scopes=["queue:read"], days=1, now=now)
