"""What identity owes to the promise of data security (P15): staff work with a second factor."""

from datetime import datetime, timedelta

from allauth.account.authentication import AUTHENTICATION_METHODS_SESSION_KEY
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession

from audit import sides
from audit.promised import Finding, Promise, kept_if, register

from .models import RoleAssignment
from .session_store import open_sessions

#: how long a new member of staff may take to set one up before the session counts
_SETTING_UP = timedelta(hours=1)


def _staff_sessions(now: datetime) -> Finding:
    """Look into every open session of those who hold a role: was a factor used in it that still exists?

    Without one the staff door refuses; such a session is counted all the same, once its hour is over.
    """
    without = young = total = 0
    with sides.acting("default"):
        holders = RoleAssignment.objects.filter(user__is_staff=True).in_force()
        factors = set(Authenticator.objects.filter(user__in=holders.values("user")).values_list("pk", flat=True))
        sessions = UserSession.objects.filter(user__in=holders.values("user")).only("session_key", "created_at")
        rows = list(sessions)
        contents = open_sessions([row.session_key for row in rows], now)  # those that ended or ran out are not in it
        for session in (row for row in rows if row.session_key in contents):
            content = contents[session.session_key]
            total += 1
            records = content.get(AUTHENTICATION_METHODS_SESSION_KEY, [])
            if any(record.get("method") == "mfa" and record.get("id") in factors for record in records):
                continue
            if now - session.created_at < _SETTING_UP:
                young += 1
            else:
                without += 1
    figures = {"staff_sessions": total, "without_second_factor": without, "within_their_first_hour": young}
    return kept_if(without == 0, figures, "Members of staff have sessions without a second factor.")


register(Promise("P15", "No session of a member of staff goes without a second factor", _staff_sessions))
