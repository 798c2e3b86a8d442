"""The promises of data security (P15), that staff work with a second factor, and of people's access tokens (P20)."""

from datetime import datetime, timedelta

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from core import db
from core.promises import CheckResult, declare_promise, kept_if

from .models import RoleAssignment
from .session_store import open_sessions

#: how long a new member of staff may take to set one up before the session counts
_SETTING_UP = timedelta(hours=1)


def _staff_sessions(now: datetime) -> CheckResult:
    """Count the open sessions of role holders in which no second factor that still exists was used.

    The staff pages refuse such a session; it counts all the same once it is an hour old.
    """
    without_factor = setting_up = total = 0
    with db.use_role("default"):
        holders = RoleAssignment.objects.filter(user__is_staff=True).in_force()
        factors = set(Authenticator.objects.filter(user__in=holders.values("user")).values_list("pk", flat=True))
        rows = list(UserSession.objects.filter(user__in=holders.values("user")).only("session_key", "created_at"))
        contents = open_sessions([row.session_key for row in rows], now)  # those that ended or ran out are not in it
        for session in (row for row in rows if row.session_key in contents):
            content = contents[session.session_key]
            total += 1
            records = content.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
            if any(record.get("method") == "mfa" and record.get("id") in factors for record in records):
                continue
            if now - session.created_at < _SETTING_UP:
                setting_up += 1
            else:
                without_factor += 1
    figures = {"staff_sessions": total, "without_second_factor": without_factor, "within_their_first_hour": setting_up}
    return kept_if(without_factor == 0, figures, "Members of staff have sessions without a second factor.")


declare_promise("P15", "No session of a member of staff goes without a second factor", _staff_sessions)


def _tokens_end(now: datetime) -> CheckResult:
    """Count people's tokens, and those that no page and no service would have made or left as they are."""
    names = ("tokens", "working", "without_end", "not_hashed", "of_closed_accounts", "staff_without_right")
    with db.use_role("auditor"):
        [found] = db.select_rows("SELECT * FROM identity_token_faults(%s)", [now])
    figures = dict(zip(names, found, strict=True))
    wrong = [name for name in names[2:] if figures[name]]
    return kept_if(not wrong, figures, "Tokens that should have ended, or are not kept as hashes: " + ", ".join(wrong))


declare_promise("P20", "Access tokens are kept as hashes, expire, and end with what they rest on", _tokens_end)
