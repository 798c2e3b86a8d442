"""What the connections write to the log."""

from audit.log.event_types import declare
from audit.log.purposes import ReadPurpose

#: scopes are names of the catalogue, joined by "+"
_CONSENT = {"scopes": str}
_REVOCATION = {"revocation": str, "reason": str}
_AUTOMATION: dict[str, type] = {"automation": str}

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
GRANT_CHECKED = declare(
    "connections.grant.checked",
    "{actor} asked Google whether the access stands",
    {"purpose": ReadPurpose},
    authorises_decryption=True,
    is_routine=True,
)
GRANT_CHANGED = declare("connections.grant.changed", "Google said that the access has other permissions now", _CONSENT)
AUTOMATION_WITHHELD = declare(
    "connections.automation.withheld", "{actor} took the access of an automation away", _AUTOMATION
)
AUTOMATION_GIVEN = declare("connections.automation.given", "{actor} gave an automation its access back", _AUTOMATION)
AUTOMATION_ERASED = declare(
    "connections.automation.erased", "An automation that was deleted at the platform was erased", _AUTOMATION
)
TOKEN_HANDED_OUT = declare(
    "connections.token.handed_out",
    "The platform asked for a token of an automation, for {scopes}",
    {**_AUTOMATION, "scopes": str, "purpose": ReadPurpose},
    authorises_decryption=True,
)
TOKEN_REFUSED = declare(
    "connections.token.refused",
    "The platform was refused a token of an automation: {reason}",
    {**_AUTOMATION, "reason": str},
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
