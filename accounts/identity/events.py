"""What identity writes to the log. E-mail, address and browser are sealed; they never stand in the leaf."""

from audit.registry import EventType, Holder, Words, register

#: who came, sealed under the key of the person it is about
_VISITOR: dict[str, Holder] = {"email": "subject", "ip": "subject", "user_agent": "subject"}
_REVIEW: dict[str, Holder] = {"ip": "subject", "user_agent": "subject"}

ACCOUNT_CREATED = register(
    EventType("identity.account.created", 1, "{actor} opened an account by {method}", {"method": str}, _VISITOR)
)
SESSION_STARTED = register(
    EventType(
        "identity.session.started",
        1,
        "{actor} signed in by {method}",
        {"method": str, "second_factor": bool},
        _VISITOR,
        retention="security",
    )
)
SESSION_REFUSED = register(
    EventType(
        "identity.session.refused",
        1,
        "Somebody was refused to sign in by {method}: {reason}",
        {"method": str, "reason": Words},
        _VISITOR,
        retention="security",
    )
)
SESSION_ENDED = register(
    EventType("identity.session.ended", 1, "{actor} ended {count} sessions: {reason}", {"count": int, "reason": Words})
)
STEPUP_PASSED = register(
    EventType("identity.stepup.passed", 1, "{actor} confirmed who they are by {method}", {"method": str}, _REVIEW)
)
STEPUP_REFUSED = register(
    EventType(
        "identity.stepup.refused",
        1,
        "{actor} did not confirm who they are by {method}: {reason}",
        {"method": str, "reason": Words},
        _REVIEW,
    )
)
FACTOR_ADDED = register(EventType("identity.factor.added", 1, "{actor} added a second factor: {kind}", {"kind": str}))
FACTOR_REMOVED = register(
    EventType("identity.factor.removed", 1, "{actor} removed a second factor: {kind}", {"kind": str})
)
PROVIDER_CONNECTED = register(
    EventType("identity.provider.connected", 1, "{actor} connected {provider} for signing in", {"provider": str})
)
PROVIDER_DISCONNECTED = register(
    EventType("identity.provider.disconnected", 1, "{actor} disconnected {provider}", {"provider": str})
)
PASSWORD_CHANGED = register(
    EventType("identity.password.changed", 1, "{actor} changed the password: {how}", {"how": str})
)
EMAIL_CHANGED = register(
    EventType(
        "identity.email.changed", 1, "{actor} changed the e-mail address", {}, {"old": "subject", "new": "subject"}
    )
)
PROFILE_CHANGED = register(
    EventType(
        "identity.profile.changed",
        1,
        "{actor} changed the profile: {fields}",
        {"fields": list},
        {"old_username": "subject", "new_username": "subject"},
    )
)
PERSON_SHOWN = register(EventType("identity.person.shown", 1, "{actor} looked at the account: {page}", {"page": str}))
STAFF_BOOTSTRAPPED = register(
    EventType("identity.staff.bootstrapped", 1, "The first administrator was invited", {"invitation": str})
)
STAFF_INVITED = register(
    EventType(
        "identity.staff.invited",
        1,
        "{actor} invited somebody to the staff as {roles}",
        {"invitation": str, "roles": list},
        {"email": "actor"},
    )
)
INVITATION_CANCELLED = register(
    EventType("identity.invitation.cancelled", 1, "{actor} cancelled an invitation", {"invitation": str})
)
STAFF_JOINED = register(
    EventType("identity.staff.joined", 1, "{actor} joined the staff", {"invitation": str, "roles": list})
)
STAFF_SUSPENDED = register(
    EventType("identity.staff.suspended", 1, "{actor} suspended a member of staff", {"sessions_ended": int})
)
STAFF_REINSTATED = register(EventType("identity.staff.reinstated", 1, "{actor} reinstated a member of staff"))
STAFF_LEFT = register(
    EventType(
        "identity.staff.left",
        1,
        "{actor} recorded that a member of staff left",
        {"sessions_ended": int, "roles": list},
    )
)
STAFF_REFUSED = register(
    EventType("identity.staff.refused", 1, "{actor} was refused to {act}: {reason}", {"act": Words, "reason": Words})
)
ROLE_GIVEN = register(
    EventType(
        "identity.role.given",
        1,
        "{actor} gave the role {role}",
        {"role": str, "needs_confirmation": bool},
    )
)
ROLE_CONFIRMED = register(EventType("identity.role.confirmed", 1, "{actor} confirmed the role {role}", {"role": str}))
ROLE_ENDED = register(
    EventType("identity.role.ended", 1, "{actor} ended the role {role}: {reason}", {"role": str, "reason": Words})
)
CHANGE_ASKED = register(
    EventType(
        "identity.change.asked",
        1,
        "{actor} asked to take from an administrator: {change}",
        {"change": str, "effective_at": str},
    )
)
CHANGE_CONFIRMED = register(
    EventType(
        "identity.change.confirmed",
        1,
        "{actor} confirmed what another administrator asked for: {change}",
        {"change": str},
    )
)
CHANGE_WITHDRAWN = register(
    EventType(
        "identity.change.withdrawn",
        1,
        "{actor} withdrew what was to be taken from an administrator: {change}: {reason}",
        {"change": str, "reason": Words},
    )
)
