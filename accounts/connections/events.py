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
GITHUB_STORED = declare(
    "connections.github.stored", "{actor} came in through GitHub; its token is kept to end the authorisation there"
)
GITHUB_WIPED = declare(
    "connections.github.wiped", "{actor} ended the authorisation at GitHub: it is gone from here", _REVOCATION
)
GITHUB_TRIED = declare(
    "connections.github.tried",
    "{actor} asked GitHub to end the authorisation",
    {"revocation": str, "attempt": int},
    authorises_decryption=True,
)
GITHUB_CONFIRMED = declare(
    "connections.github.confirmed", "GitHub has confirmed that the authorisation has ended", {"revocation": str}
)
GITHUB_GIVEN_UP = declare(
    "connections.github.abandoned",
    "GitHub did not confirm in time that the authorisation has ended; the token is gone",
    {"revocation": str, "answer": str},
)
GITHUB_RESUMED = declare(
    "connections.github.resumed",
    "The authorisation at GitHub was not ended, as the account is connected again; the earlier token is gone",
    {"revocation": str},
)
