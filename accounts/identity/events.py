"""What identity writes to the log. E-mail, address and browser are sealed; they never stand in the leaf."""

from audit.registry import EventType, Holder, register

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
        {"method": str, "reason": str},
        _VISITOR,
        retention="security",
    )
)
SESSION_ENDED = register(
    EventType("identity.session.ended", 1, "{actor} ended {count} sessions: {reason}", {"count": int, "reason": str})
)
STEPUP_PASSED = register(
    EventType("identity.stepup.passed", 1, "{actor} confirmed who they are by {method}", {"method": str}, _REVIEW)
)
STEPUP_REFUSED = register(
    EventType(
        "identity.stepup.refused",
        1,
        "{actor} did not confirm who they are by {method}: {reason}",
        {"method": str, "reason": str},
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
