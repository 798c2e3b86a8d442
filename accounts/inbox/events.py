"""What the inbox writes to the log."""

from audit.log.event_types import declare

LETTER_WRITTEN = declare(
    "inbox.letter.written", 1, "A letter {kind} was written to the user", {"case": str, "kind": str, "letter": str}
)
LETTER_OPENED = declare(
    "inbox.letter.opened",
    1,
    "The user opened a letter",
    {"case": str, "kind": str, "letter": str},
    authorises_decryption=True,
)
LETTER_POSTED = declare(
    "inbox.letter.posted",
    1,
    "A letter was taken to be mailed",
    {"case": str, "kind": str, "letter": str},
    authorises_decryption=True,
)
LETTER_PARKED = declare(
    "inbox.letter.parked",
    1,
    "A letter could not be mailed and needs attention: {error}",
    {"case": str, "kind": str, "letter": str, "error": str},
)
