"""What the inbox logs."""

from audit.registry import EventType, register

LETTER_WRITTEN = register(
    EventType(
        "inbox.letter.written", 1, "A letter {kind} was written to the user", {"case": str, "kind": str, "letter": str}
    )
)
LETTER_OPENED = register(
    EventType(
        "inbox.letter.opened", 1, "The user opened a letter", {"case": str, "kind": str, "letter": str}, opens=True
    )
)
LETTER_POSTED = register(
    EventType(
        "inbox.letter.posted",
        1,
        "A letter was taken to be mailed",
        {"case": str, "kind": str, "letter": str},
        opens=True,
    )
)
LETTER_PARKED = register(
    EventType(
        "inbox.letter.parked",
        1,
        "A letter could not be mailed and needs attention: {error}",
        {"case": str, "kind": str, "letter": str, "error": str},
    )
)
