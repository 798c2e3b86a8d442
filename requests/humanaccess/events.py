"""Events of human access in the log."""

from audit.log.event_types import declare

from .aggregates import RUN_EVENT

_CASE = {"case": str}
_ITEM = {"case": str, "grant": str, "kind": str, "item": str}

ITEMS_LISTED = declare(
    # Version 1 had no case: on the ground of law the legal process, of which the person may not know yet.
    "humanaccess.items.listed",
    "{actor} listed a user's {kind} items by place and time",
    {"kind": str, "case": str},
    version=2,
)
ASK_FILED = declare(
    "humanaccess.ask.filed",
    "{actor} asked to look, on the ground {ground}: {case}",
    {
        "case": str,
        "ground": str,
        "items": list,
        "window_minutes": int,
        "abuse_reference": str,
        "process": str,
        "expires_at": str,
    },
    {"reason": "subject"},
    version=2,
)
GLASS_BROKEN = declare(
    "humanaccess.glass.broken",
    "{actor} opened access without a decision, for {window_minutes} minutes: {case}",
    {"case": str, "items": list, "window_minutes": int, "abuse_reference": str},
    {"reason": "subject"},
)
ASK_OPENED = declare("humanaccess.ask.opened", "{actor} opened the request {case}", _CASE, authorises_decryption=True)
ASKS_OPENED = declare(
    "humanaccess.asks.opened",
    "{actor} opened the list of requests to look at their data",
    authorises_decryption=True,
)
ASK_AGREED = declare(
    "humanaccess.ask.agreed",
    "{actor} agreed to {case}",
    {"case": str, "agreed": list, "refused": list, "text_version": str, "language": str},
    {"text": "subject"},
)
ASK_REFUSED = declare(
    "humanaccess.ask.refused",
    "{actor} refused {case}",
    {"case": str, "refused": list, "text_version": str, "language": str},
    {"text": "subject"},
)
ASK_APPROVED = declare(
    "humanaccess.ask.approved",
    "{actor} approved {case} ({approvals} of {needed})",
    {"case": str, "approvals": int, "needed": int, "saw_refusal": bool, "window_minutes": int},
    {"note": "subject"},
    version=2,
)
ASK_DECLINED = declare("humanaccess.ask.declined", "{actor} declined {case}", _CASE, {"note": "subject"})
ASK_CANCELLED = declare("humanaccess.ask.cancelled", "{actor} withdrew {case}", {"case": str, "why": str})
ASK_EXPIRED = declare("humanaccess.ask.expired", "{case} expired without an answer", _CASE)
ACT_REFUSED = declare(
    "humanaccess.act.refused", "{actor} was refused: {act}, {rule}", {"case": str, "act": str, "rule": str}
)
GRANT_STARTED = declare(
    "humanaccess.grant.started",
    "Access under {case} is open until {ends_at}",
    {"case": str, "grant": str, "reader": str, "items": list, "ends_at": str},
)
GRANT_ENDED = declare(
    "humanaccess.grant.ended", "Access under {case} ended: {reason}", {"case": str, "grant": str, "reason": str}
)
GRANT_REVIEWED = declare(
    "humanaccess.grant.reviewed",
    "{actor} reviewed {case}: {finding}",
    {"case": str, "grant": str, "finding": str, "reads": int},
    {"note": "subject"},
)
FOLLOW_UP_OPENED = declare(
    "humanaccess.followup.opened",
    "{actor} found that something is to follow from {case}",
    {"case": str, "kind": str, "due_on": str},
    {"text": "subject"},
)
FOLLOW_UP_SETTLED = declare(
    "humanaccess.followup.settled",
    "{actor} settled what was to follow from {case}",
    {"case": str, "kind": str},
    {"text": "subject"},
)
ACCESS_SAMPLED = declare(
    "humanaccess.access.sampled",
    "It was drawn by chance whether {case} is reviewed",
    {"case": str, "grant": str, "drawn": bool},
)
AGGREGATE_SAMPLED = declare(
    "humanaccess.aggregate.sampled",
    "It was drawn by chance whether a run of a query is reviewed",
    {"run": str, "drawn": bool},
)
AGGREGATE_REVIEWED = declare(
    "humanaccess.aggregate.reviewed", "{actor} reviewed a run of a query: {finding}", {"run": str, "finding": str}
)
ITEM_READ = declare(
    "humanaccess.item.read", "{actor} looked at an item of {kind} under {case}", _ITEM, authorises_decryption=True
)
READ_REFUSED = declare(
    "humanaccess.read.refused", "{actor} was refused access under {case}: {rule}", {**_ITEM, "rule": str}
)
READ_FAILED = declare(
    "humanaccess.read.failed",
    "Nothing was shown to {actor} under {case}: {rule}",
    {**_ITEM, "entry": str, "rule": str},
)
READS_MEASURED = declare(
    "humanaccess.reads.measured",
    "Reads by people were worked out anew: {state}, {exceptions} exceptions",
    {"state": str, "exceptions": int},
)
CODE_REDEEMED = declare(
    "humanaccess.code.redeemed",
    "The platform showed one {kind} under {case}, for a one-time code",
    {**_ITEM, "entry": str},
)
CODE_REFUSED = declare(
    "humanaccess.code.refused",
    "The platform came with a one-time code that was refused: {rule}",
    {**_ITEM, "entry": str, "rule": str},
)
LOOKED_OPENED = declare("humanaccess.looked.opened", "{actor} opened the access history", authorises_decryption=True)
AGGREGATE_RUN = declare(RUN_EVENT, "{actor} ran the query {query} on the week of {week}", {"query": str, "week": str})
