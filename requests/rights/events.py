"""What rights requests log. Plain Python."""

from audit.registry import EventType, register
from audit.schema import TICKET_CEILING

_CASE: dict[str, type] = {"case": str}
_STEP: dict[str, type] = {"case": str, "step": str, "holding": str, "verb": str, "attempt": int}

REQUEST_RECEIVED = register(
    EventType(
        "rights.request.received",
        1,
        "Request {case} was received: {kind}",
        {**_CASE, "kind": str, "regime": str, "way_in": str},
    )
)
REQUEST_TAKEN = register(EventType("rights.request.taken", 1, "An officer took request {case}", _CASE))
REQUEST_RELEASED = register(EventType("rights.request.released", 1, "Request {case} went back to the queue", _CASE))
REQUEST_STARTED = register(
    EventType(
        "rights.request.started", 1, "Work on request {case} was started, in {steps} steps", {**_CASE, "steps": int}
    )
)
REQUEST_READIED = register(
    EventType("rights.request.readied", 1, "Every step of request {case} is settled; it is ready for review", _CASE)
)
REQUEST_FULFILLED = register(
    EventType("rights.request.fulfilled", 1, "Delivery of request {case} was approved", {**_CASE, "package": str})
)
REQUEST_REFUSED = register(
    EventType(
        "rights.request.refused",
        1,
        "Request {case} was refused, on the ground: {ground}",
        {**_CASE, "ground": str},
        {"reasons": "both"},
    )
)
REQUEST_WITHDRAWN = register(EventType("rights.request.withdrawn", 1, "Request {case} was withdrawn", _CASE))
REQUEST_SHOWN = register(
    EventType("rights.request.shown", 1, "Request {case} was opened by a member of staff", _CASE, opens=True)
)
REQUEST_NOTED = register(
    EventType("rights.request.noted", 1, "A note was added to request {case}", {**_CASE, "note": str})
)
ACT_REFUSED = register(
    EventType("rights.act.refused", 1, "An act on request {case} was not allowed: {act}", {**_CASE, "act": str})
)

#: a step reads for as long as its task may live; a task that is killed gets a new entry with its next attempt
STEP_STARTED = register(
    EventType(
        "rights.step.started",
        1,
        "Step {verb} {holding} began to read",
        _STEP,
        opens=True,
        ticket_seconds=TICKET_CEILING,
    )
)
STEP_FINISHED = register(
    EventType(
        "rights.step.finished",
        1,
        "Step {verb} {holding} finished: {count} records, {bytes} bytes",
        {**_STEP, "count": int, "bytes": int},
        {"sha256": "subject"},
    )
)
STEP_FAILED = register(
    EventType("rights.step.failed", 1, "Step {verb} {holding} failed: {error}", {**_STEP, "error": str})
)
STEP_PARKED = register(EventType("rights.step.parked", 1, "Step {verb} {holding} is parked and waits for staff", _STEP))
STEP_RETRIED = register(EventType("rights.step.retried", 1, "Step {verb} {holding} was put back to run", _STEP))
STEP_LEFT_OUT = register(
    EventType("rights.step.left_out", 1, "{holding} was left out: {reason}", {**_STEP, "reason": str})
)

PACKAGE_ASSEMBLED = register(
    EventType(
        "rights.package.assembled",
        1,
        "The package of request {case} was put together: {files} files, {bytes} bytes",
        {**_CASE, "package": str, "files": int, "bytes": int},
        {"sha256": "subject"},
    )
)
#: seconds after its beginning in which a download may be gone on with: one entry covers all its ranges
DOWNLOAD_LASTS = 3600
PACKAGE_DOWNLOADED = register(
    EventType(
        "rights.package.downloaded",
        1,
        "The package of request {case} was downloaded",
        {**_CASE, "package": str, "first": int, "last": int},
        opens=True,
        # A range may be asked for in the last second, and is opened a moment later.
        ticket_seconds=DOWNLOAD_LASTS + 60,
    )
)
PACKAGE_REMOVED = register(
    EventType(
        "rights.package.removed",
        1,
        "The package of request {case} was removed: {why}",
        {**_CASE, "package": str, "why": str},
    )
)
