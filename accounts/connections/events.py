"""What the connections write to the log."""

from audit.log.event_types import declare

#: scopes are names of the catalogue, joined by "+"
_CONSENT = {"scopes": str}
_REVOCATION = {"revocation": str, "reason": str}

AUTOMATIONS_SHOWN = declare(
    "connections.automations.shown",
    "{actor} opened their own list of automations",
    {"count": int},
    authorises_decryption=True,
)
RECORDS_EXPIRED = declare(
    "connections.records.expired",
    "{actor} removed {count} records of the stream {stream} that were past their {days} days",
    {"stream": str, "days": int, "count": int},
    is_routine=True,
)
SUMS_SHOWN = declare("connections.sums.shown", "{actor} looked at counts by day of a person's automations")
CONSENT_ASKED = declare(
    "connections.consent.asked", "{actor} went to Google to grant what their automations need", _CONSENT
)
CONSENT_REFUSED = declare(
    "connections.consent.refused", "{actor} came back from Google with what was refused: {reason}", {"reason": str}
)
SECURITY_EVENT_RECEIVED = declare(
    "connections.event.received",
    "Google reported: {kind}. Access to Google data: {grant}; sessions ended: {sessions}",
    {"event": str, "kind": str, "grant": str, "sessions": int},
)
GRANT_STORED = declare("connections.grant.stored", "{actor} granted access to their data at Google", _CONSENT)
GRANT_WIPED = declare(
    "connections.grant.wiped", "{actor} ended the access to Google data: it is gone from here", _REVOCATION
)
REVOCATION_TRIED = declare(
    "connections.revocation.tried",
    "{actor} asked Google to end the access",
    {"revocation": str, "attempt": int},
    authorises_decryption=True,
)
REVOCATION_CONFIRMED = declare(
    "connections.revocation.confirmed", "Google has confirmed that the access has ended", {"revocation": str}
)
REVOCATION_GIVEN_UP = declare(
    "connections.revocation.abandoned",
    "Google did not confirm in time that the access has ended; the token is gone",
    {"revocation": str, "answer": str},
)
