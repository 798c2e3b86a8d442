"""Events of legal processes in the log: codes, days and digests; what people wrote is encrypted beside them."""

from django.utils.translation import gettext_lazy as _

from accounts.personaldata.disclosures import declare_disclosure
from audit.log.event_types import EventType, declare

_CASE = {"case": str}


def _declare(name: str, sentence: str, *, opens: bool = False, **payload: type) -> EventType:
    return declare(f"humanaccess.process.{name}", 1, sentence, {**_CASE, **payload}, authorises_decryption=opens)


RECEIVED = _declare(
    "received",
    "{actor} received the legal process {case}: {kind}",
    kind=str,
    country=str,
    received_on=str,
    due_on=str,
    sha256=str,
    bytes=int,
    notice=str,
    until=str,
)
SHOWN = _declare("shown", "{actor} opened the legal process {case}", opens=True)
DOWNLOADED = _declare("downloaded", "{actor} downloaded the document of {case}", opens=True, sha256=str)
TAKEN = _declare("taken", "{actor} took the legal process {case}")
RELEASED = _declare("released", "The legal process {case} is back in the queue")
ASSIGNED = _declare("assigned", "{actor} assigned the legal process {case}", officer=str)
NOTED = _declare("noted", "{actor} added a note to the legal process {case}", note=str)
ACT_REFUSED = _declare("refused", "{actor} was refused on the legal process {case}: {act}", act=str)
CHALLENGED = _declare("challenged", "{actor} challenged the legal process {case}")
SETTLED = _declare("settled", "The challenge of {case} ended: {result}", result=str)
SCOPED = _declare("scoped", "{actor} agreed the scope of {case}", categories=list, since=str, until=str)
PRODUCED = _declare("produced", "{actor} handed data over under {case}", sha256=str, handed_on=str)
CLOSED = _declare("closed", "{actor} closed the legal process {case}")
REJECTED = _declare("rejected", "{actor} rejected the legal process {case}")
DELAYED = _declare("delayed", "{actor} delayed the notice of {case} until {until}", ground=str, until=str)
NOTIFIED = _declare("notified", "The person was told of the legal process {case}")
declare_disclosure(PRODUCED.name, _("what a legal process demands"), to_field="case", by_law=True)
