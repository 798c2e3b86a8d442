"""What the inbox writes to the log."""

from django.utils.translation import gettext_lazy as _

from accounts.personaldata.disclosures import declare_disclosure
from audit.log.event_types import declare
from audit.log.purposes import ReadPurpose

_LETTER = {"case": str, "kind": str, "letter": str}

LETTER_WRITTEN = declare("inbox.letter.written", "A letter {kind} was written to the user", _LETTER)
LETTER_OPENED = declare("inbox.letter.opened", "The user opened a letter", _LETTER, authorises_decryption=True)
LETTER_POSTED = declare(
    "inbox.letter.posted",
    "A letter was taken to be mailed",
    {**_LETTER, "purpose": ReadPurpose},
    authorises_decryption=True,
    version=2,
)
LETTER_NOT_MAILED = declare(
    "inbox.letter.parked",
    "A letter could not be mailed and needs attention: {error}",
    {**_LETTER, "error": str},
)
declare_disclosure(LETTER_POSTED.name, _("a mail address and the mail"), to="mail")
