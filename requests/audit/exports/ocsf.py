"""One entry as an OCSF 1.3 event, API Activity (6003), for SIEMs: a view, never the evidence.

It holds what the leaf holds and decrypts nothing: people are references, and there is no IP address. `src_endpoint`,
which the class requires, has an id only.
"""

from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from audit.log import rfc3339

VERSION = "1.3.0"
CATEGORY, CLASS = 6, 6003
PRODUCT = {"name": "OmegaOffice audit log", "vendor_name": "OmegaCloud"}
#: a file of these lines has no header
HEADER = b""

_EPOCH, _MILLISECOND = datetime(1970, 1, 1, tzinfo=UTC), timedelta(milliseconds=1)
_CREATE, _READ, _UPDATE, _DELETE, _OTHER = 1, 2, 3, 4, 99
_ACTIVITY_NAMES = {_CREATE: "Create", _READ: "Read", _UPDATE: "Update", _DELETE: "Delete"}
_VERBS = {
    _CREATE: "added asked assembled created filed given ingested invited joined made posted received written",
    _READ: "downloaded listed looked opened read shown verified",
    _UPDATE: "changed confirmed connected disconnected noted paused reinstated resumed rotated suspended taken",
    _DELETE: "cancelled deleted ended erased left removed revoked shredded withdrawn",
}
_ACTIVITY = {verb: activity for activity, verbs in _VERBS.items() for verb in verbs.split()}

_SUCCESS, _FAILURE = (1, "Success"), (2, "Failure")
_STATUS = {"ok": _SUCCESS, "refused": _FAILURE, "failed": _FAILURE}
_INFORMATIONAL, _LOW, _MEDIUM, _CRITICAL = (1, "Informational"), (2, "Low"), (3, "Medium"), (5, "Critical")
_SEVERITY = {"ok": _INFORMATIONAL, "refused": _MEDIUM, "failed": _LOW}
#: events that are an alarm whatever their outcome
_ALARMS = {"audit.guards.differed": _CRITICAL}
#: for a kind that the schema lacks it wants 99 (Other) and a name of ours
_USER_TYPES = {"user": (1, "User"), "staff": (99, "Staff"), "machine": (3, "System"), "anonymous": (0, "Unknown")}


def row(index: int, leaf: dict[str, Any]) -> bytes:
    """Return the line of one parsed leaf at `index` in the tree: canonical JSON and a newline."""
    return orjson.dumps(event(index, leaf), option=orjson.OPT_SORT_KEYS | orjson.OPT_APPEND_NEWLINE)


def event(index: int, leaf: dict[str, Any]) -> dict[str, Any]:
    """Return the event as an object; `time` is in milliseconds since 1970, cut off and not rounded."""
    name, outcome, request = leaf["event"], leaf["outcome"], leaf["request"]
    kind, _, reference = leaf["actor"].partition(":")
    activity = activity_of(name)
    status_id, status = _STATUS.get(outcome, (99, outcome))
    severity_id, severity = _ALARMS.get(name) or _SEVERITY.get(outcome, _INFORMATIONAL)
    type_id, type_name = _USER_TYPES.get(kind, (99, kind))
    metadata = {
        "version": VERSION,
        "product": PRODUCT,
        "uid": leaf["id"],
        "original_time": leaf["time"],
        "sequence": index,
        "log_name": "audit",
    }
    if request:
        metadata["correlation_uid"] = request
    found = {
        "activity_id": activity,
        "activity_name": _ACTIVITY_NAMES.get(activity) or name.rpartition(".")[2],
        "actor": {"user": {"uid": reference or kind, "type": type_name, "type_id": type_id}},
        "api": {"operation": name, "service": {"name": name.partition(".")[0]}},
        "category_name": "Application Activity",
        "category_uid": CATEGORY,
        "class_name": "API Activity",
        "class_uid": CLASS,
        "metadata": metadata,
        "severity": severity,
        "severity_id": severity_id,
        "src_endpoint": {"uid": request or kind},
        "status": status,
        "status_code": outcome,
        "status_id": status_id,
        "time": _milliseconds(leaf["time"]),
        "type_uid": CLASS * 100 + activity,
        "unmapped": {
            "actor": leaf["actor"],
            "event_version": leaf["event_version"],
            "payload": leaf["payload"],
            "sealed_fields": len(leaf["sd"]),
        },
    }
    if resources := _resources(leaf):
        found["resources"] = resources
    return found


def activity_of(name: str) -> int:
    """Return the activity of an event by its verb: a refused or failed read counts as a read."""
    for word in reversed(name.split(".")):
        if word in _ACTIVITY:
            return _ACTIVITY[word]
    return _OTHER


def _resources(leaf: dict[str, Any]) -> list[dict[str, str]]:
    found = []
    if leaf["subject"]:
        found.append({"uid": leaf["subject"], "type": "data subject"})
    if case := leaf["payload"].get("case"):
        found.append({"uid": str(case), "type": "case"})
    return found


def _milliseconds(text: str) -> int:
    return (rfc3339.read(text) - _EPOCH) // _MILLISECOND
