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

RECEIVED = declare("humanaccess.process.received", "{actor} received the legal process {case}: {kind}", _RECEIPT)
SHOWN = declare(
    "humanaccess.process.shown", "{actor} opened the legal process {case}", _CASE, authorises_decryption=True
)
DOWNLOADED = declare(
    "humanaccess.process.downloaded",
    "{actor} downloaded the document of {case}",
    {**_CASE, "sha256": str},
    authorises_decryption=True,
)
TAKEN = declare("humanaccess.process.taken", "{actor} took the legal process {case}", _CASE)
RELEASED = declare("humanaccess.process.released", "The legal process {case} is back in the queue", _CASE)
ASSIGNED = declare(
    "humanaccess.process.assigned", "{actor} assigned the legal process {case}", {**_CASE, "officer": str}
)
NOTED = declare("humanaccess.process.noted", "{actor} added a note to the legal process {case}", {**_CASE, "note": str})
ACT_REFUSED = declare(
    "humanaccess.process.refused", "{actor} was refused on the legal process {case}: {act}", {**_CASE, "act": str}
)
CHALLENGED = declare("humanaccess.process.challenged", "{actor} challenged the legal process {case}", _CASE)
SETTLED = declare("humanaccess.process.settled", "The challenge of {case} ended: {result}", {**_CASE, "result": str})
SCOPED = declare("humanaccess.process.scoped", "{actor} agreed the scope of {case}", _SCOPE)
PRODUCED = declare(
    "humanaccess.process.produced",
    "{actor} handed data over under {case}",
    {**_CASE, "sha256": str, "handed_on": str},
)
CLOSED = declare("humanaccess.process.closed", "{actor} closed the legal process {case}", _CASE)
REJECTED = declare("humanaccess.process.rejected", "{actor} rejected the legal process {case}", _CASE)
DELAYED = declare(
    "humanaccess.process.delayed",
    "{actor} delayed the notice of {case} until {until}",
    {**_CASE, "ground": str, "until": str},
)
NOTIFIED = declare("humanaccess.process.notified", "The person was told of the legal process {case}", _CASE)
declare_disclosure(PRODUCED.name, _("what a legal process demands"), to_field="case", by_law=True)
