"""Events of legal processes in the log: codes, days and digests; what people wrote is encrypted beside them."""

from django.utils.translation import gettext_lazy as _

from accounts.personaldata.disclosures import declare_disclosure
from audit.log.event_types import declare

_CASE = {"case": str}
_RECEIPT = {
    **dict.fromkeys(("case", "kind", "country", "received_on", "due_on", "sha256", "notice", "until"), str),
    "bytes": int,
}
_SCOPE = {"case": str, "categories": list, "since": str, "until": str}

RECEIVED = declare("humanaccess.process.received", 1, "{actor} received the legal process {case}: {kind}", _RECEIPT)
SHOWN = declare(
    "humanaccess.process.shown", 1, "{actor} opened the legal process {case}", _CASE, authorises_decryption=True
)
DOWNLOADED = declare(
    "humanaccess.process.downloaded",
    1,
    "{actor} downloaded the document of {case}",
    {**_CASE, "sha256": str},
    authorises_decryption=True,
)
TAKEN = declare("humanaccess.process.taken", 1, "{actor} took the legal process {case}", _CASE)
RELEASED = declare("humanaccess.process.released", 1, "The legal process {case} is back in the queue", _CASE)
ASSIGNED = declare(
    "humanaccess.process.assigned", 1, "{actor} assigned the legal process {case}", {**_CASE, "officer": str}
)
NOTED = declare(
    "humanaccess.process.noted", 1, "{actor} added a note to the legal process {case}", {**_CASE, "note": str}
)
ACT_REFUSED = declare(
    "humanaccess.process.refused", 1, "{actor} was refused on the legal process {case}: {act}", {**_CASE, "act": str}
)
CHALLENGED = declare("humanaccess.process.challenged", 1, "{actor} challenged the legal process {case}", _CASE)
SETTLED = declare("humanaccess.process.settled", 1, "The challenge of {case} ended: {result}", {**_CASE, "result": str})
SCOPED = declare("humanaccess.process.scoped", 1, "{actor} agreed the scope of {case}", _SCOPE)
PRODUCED = declare(
    "humanaccess.process.produced",
    1,
    "{actor} handed data over under {case}",
    {**_CASE, "sha256": str, "handed_on": str},
)
CLOSED = declare("humanaccess.process.closed", 1, "{actor} closed the legal process {case}", _CASE)
REJECTED = declare("humanaccess.process.rejected", 1, "{actor} rejected the legal process {case}", _CASE)
DELAYED = declare(
    "humanaccess.process.delayed",
    1,
    "{actor} delayed the notice of {case} until {until}",
    {**_CASE, "ground": str, "until": str},
)
NOTIFIED = declare("humanaccess.process.notified", 1, "The person was told of the legal process {case}", _CASE)
declare_disclosure(PRODUCED.name, _("what a legal process demands"), to_field="case", by_law=True)
