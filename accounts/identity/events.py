"""What identity writes to the log. E-mail address, network address and browser are encrypted, never in the leaf."""

from audit.log.event_types import Holder, ProgramText, declare

#: where a request came from, encrypted under the key of the person it is about
_VISITOR: dict[str, Holder] = {"email": "subject", "ip": "subject", "user_agent": "subject"}
_CLIENT: dict[str, Holder] = {"ip": "subject", "user_agent": "subject"}

ACCOUNT_CREATED = declare(
    "identity.account.created", "{actor} opened an account by {method}", {"method": str}, _VISITOR
)
ACCOUNT_CLOSED = declare(
    "identity.account.closed", "{actor} closed an account that is to be deleted", {"sessions_ended": int}
)
SESSION_STARTED = declare(
    "identity.session.started",
    "{actor} signed in by {method}",
    {"method": str, "second_factor": bool},
    _VISITOR,
    retention="security",
)
SESSION_REFUSED = declare(
    "identity.session.refused",
    "Somebody was refused to sign in by {method}: {reason}",
    {"method": str, "reason": ProgramText},
    _VISITOR,
    retention="security",
)
SESSION_ENDED = declare(
    "identity.session.ended", "{actor} ended {count} sessions: {reason}", {"count": int, "reason": ProgramText}
)
STEPUP_PASSED = declare(
    "identity.stepup.passed", "{actor} confirmed who they are by {method}", {"method": str}, _CLIENT
)
STEPUP_REFUSED = declare(
    "identity.stepup.refused",
    "{actor} did not confirm who they are by {method}: {reason}",
    {"method": str, "reason": ProgramText},
    _CLIENT,
)
FACTOR_ADDED = declare("identity.factor.added", "{actor} added a second factor: {kind}", {"kind": str})
FACTOR_REMOVED = declare("identity.factor.removed", "{actor} removed a second factor: {kind}", {"kind": str})
PROVIDER_CONNECTED = declare(
    "identity.provider.connected", "{actor} connected {provider} for signing in", {"provider": str}
)
PROVIDER_DISCONNECTED = declare("identity.provider.disconnected", "{actor} disconnected {provider}", {"provider": str})
PASSWORD_CHANGED = declare("identity.password.changed", "{actor} changed the password: {how}", {"how": str})
EMAIL_CHANGED = declare(
    "identity.email.changed", "{actor} changed the e-mail address", {}, {"old": "subject", "new": "subject"}
)
PROFILE_CHANGED = declare(
    "identity.profile.changed",
    "{actor} changed the profile: {fields}",
    {"fields": list},
    {"old_username": "subject", "new_username": "subject"},
)
PERSON_SHOWN = declare("identity.person.shown", "{actor} looked at the account: {page}", {"page": str})
STAFF_BOOTSTRAPPED = declare("identity.staff.bootstrapped", "The first administrator was invited", {"invitation": str})
STAFF_INVITED = declare(
    "identity.staff.invited",
    "{actor} invited somebody to the staff as {roles}",
    {"invitation": str, "roles": list},
    {"email": "actor"},
)
INVITATION_CANCELLED = declare("identity.invitation.cancelled", "{actor} cancelled an invitation", {"invitation": str})
STAFF_JOINED = declare("identity.staff.joined", "{actor} joined the staff", {"invitation": str, "roles": list})
STAFF_SUSPENDED = declare("identity.staff.suspended", "{actor} suspended a member of staff", {"sessions_ended": int})
STAFF_REINSTATED = declare("identity.staff.reinstated", "{actor} reinstated a member of staff")
STAFF_LEFT = declare(
    "identity.staff.left", "{actor} recorded that a member of staff left", {"sessions_ended": int, "roles": list}
)
STAFF_REFUSED = declare(
    "identity.staff.refused", "{actor} was refused to {act}: {reason}", {"act": ProgramText, "reason": ProgramText}
)
ROLE_GIVEN = declare("identity.role.given", "{actor} gave the role {role}", {"role": str, "needs_confirmation": bool})
ROLE_CONFIRMED = declare("identity.role.confirmed", "{actor} confirmed the role {role}", {"role": str})
ROLE_ENDED = declare(
    "identity.role.ended", "{actor} ended the role {role}: {reason}", {"role": str, "reason": ProgramText}
)
TOKEN_MADE = declare(
    "identity.token.made",
    "{actor} made an access token to {scopes}",
    {"token": str, "scopes": list, "expires": str},
)
TOKEN_ENDED = declare(
    "identity.token.ended", "{actor} ended an access token: {reason}", {"token": str, "reason": ProgramText}
)
TOKENS_REMOVED = declare(
    "identity.token.removed",
    "{actor} removed {count} access tokens that ended more than {days} days ago",
    {"count": int, "days": int},
)
CHANGE_ASKED = declare(
    "identity.change.asked",
    "{actor} asked to take from an administrator: {change}",
    {"change": str, "effective_at": str},
)
CHANGE_CONFIRMED = declare(
    "identity.change.confirmed", "{actor} confirmed what another administrator asked for: {change}", {"change": str}
)
CHANGE_WITHDRAWN = declare(
    "identity.change.withdrawn",
    "{actor} withdrew what was to be taken from an administrator: {change}: {reason}",
    {"change": str, "reason": ProgramText},
)
