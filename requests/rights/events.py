"""Events of rights requests. Plain Python."""

from audit.log.event_types import declare
from audit.log.purposes import ReadPurpose
from core.db import AUTHORISATION_SECONDS

_CASE: dict[str, type] = {"case": str}
_STEP: dict[str, type] = {"case": str, "step": str, "holding": str, "verb": str, "attempt": int}

REQUEST_RECEIVED = declare(
    "rights.request.received",
    "Request {case} was received: {kind}",
    {**_CASE, "kind": str, "regime": str, "way_in": str},
)
REQUEST_IDENTIFIED = declare("rights.request.identified", "{actor} confirmed having made request {case}", _CASE)
REQUEST_TAKEN = declare("rights.request.taken", "An officer took request {case}", _CASE)
REQUEST_RELEASED = declare("rights.request.released", "Request {case} went back to the queue", _CASE)
REQUEST_ASSIGNED = declare(
    "rights.request.assigned", "Request {case} was assigned to an officer", {**_CASE, "officer": str}
)
REQUEST_STOPPED = declare("rights.request.stopped", "Work on request {case} was stopped", _CASE)
REQUEST_STARTED = declare(
    "rights.request.started", "Work on request {case} was started, in {steps} steps", {**_CASE, "steps": int}
)
REQUEST_READIED = declare(
    "rights.request.readied", "Every step of request {case} is settled; it is ready for review", _CASE
)
#: `mentions` of other people that machines found and an officer has reviewed, names of users apart
REQUEST_FULFILLED = declare(
    "rights.request.fulfilled",
    "Delivery of request {case} was approved",
    {**_CASE, "package": str, "mentions": int},
    version=2,
)
#: `rule` names the rule by which it was granted at once, where no officer decided
REQUEST_GRANTED = declare("rights.request.granted", "Request {case} was granted", {**_CASE, "rule": str})
_MARK: dict[str, type] = {**_CASE, "mark": str, "category": str, "mark_kind": str}
MARK_PLACED = declare("rights.mark.placed", "The use of data was marked as {mark_kind}: {category}", _MARK)
MARK_ENDED = declare(
    "rights.mark.ended", "The use of data is no longer marked as {mark_kind}: {category}", {**_MARK, "why": str}
)
REQUEST_SIGNED_OFF = declare("rights.request.signed_off", "Deletion {case} was signed off", _CASE)
REQUEST_COMPLETED = declare("rights.request.completed", "Deletion {case} is complete", _CASE)
#: from here on the database lets rows of this person go
ERASURE_STARTED = declare(
    "rights.erasure.started", "Erasing was started on request {case}, in {steps} steps", {**_CASE, "steps": int}
)
CERTIFICATE_ISSUED = declare(
    "rights.certificate.issued", "The certificate of deletion {case} was issued", {**_CASE, "sha256": str}
)
REQUEST_REFUSED = declare(
    "rights.request.refused",
    "Request {case} was refused, on the ground: {ground}",
    {**_CASE, "ground": str},
    {"reasons": "both"},
)
REQUEST_WITHDRAWN = declare("rights.request.withdrawn", "Request {case} was withdrawn", _CASE)
REQUEST_SHOWN = declare(
    "rights.request.shown", "Request {case} was opened by a member of staff", _CASE, authorises_decryption=True
)
REQUEST_NOTED = declare("rights.request.noted", "A note was added to request {case}", {**_CASE, "note": str})
_QUESTION: dict[str, type] = {"case": str, "question": str}
QUESTION_ASKED = declare("rights.question.asked", "A question about request {case} was asked", _QUESTION)
QUESTION_ANSWERED = declare("rights.question.answered", "The question about request {case} was answered", _QUESTION)
QUESTION_CLOSED = declare(
    "rights.question.closed", "The question about request {case} was closed without an answer", _QUESTION
)
QUESTIONS_OPENED = declare(
    "rights.question.opened", "The questions about request {case} were opened", _CASE, authorises_decryption=True
)
ACT_REFUSED = declare("rights.act.refused", "An act on request {case} was not allowed: {act}", {**_CASE, "act": str})

#: a step reads for as long as its task may live; a task that is killed gets a new entry with its next attempt
STEP_STARTED = declare(
    "rights.step.started",
    "Step {verb} {holding} began",
    {**_STEP, "purpose": ReadPurpose},
    authorises_decryption=True,
    authorisation_seconds=AUTHORISATION_SECONDS,
    version=2,
)
STEP_FINISHED = declare(
    "rights.step.finished",
    "Step {verb} {holding} finished: {count} records, {bytes}",
    {**_STEP, "count": int, "bytes": int},
    {"sha256": "subject"},
)
STEP_DONE = declare("rights.step.done", "Step {verb} {holding} is done: {count} records", {**_STEP, "count": int})
STEP_ATTESTED = declare(
    "rights.step.attested",
    "Attested about {holding}: {finding}",
    {**_STEP, "finding": str, "evidence": str},
)
PSEUDONYM_SHOWN = declare(
    "rights.pseudonym.shown", "The pseudonym of the person at {holding} was shown to whoever erases there", _STEP
)
STEP_FAILED = declare("rights.step.failed", "Step {verb} {holding} failed: {error}", {**_STEP, "error": str})
STEP_PARKED = declare("rights.step.parked", "Step {verb} {holding} needs attention", _STEP)
STEP_RETRIED = declare("rights.step.retried", "Step {verb} {holding} was put back to run", _STEP)
STEP_LEFT_OUT = declare("rights.step.left_out", "{holding} was left out: {reason}", {**_STEP, "reason": str})

_CORRECTION: dict[str, type] = {**_CASE, "correction": str, "category": str, "field": str}
VALUES_SHOWN = declare(
    "rights.values.shown", "{actor} opened their own data, to have it corrected", authorises_decryption=True
)
CORRECTIONS_OPENED = declare(
    "rights.correction.opened", "What is to be corrected by {case} was opened", _CASE, authorises_decryption=True
)
CORRECTION_DECIDED = declare(
    "rights.correction.decided",
    "Decided about a field of {category}: {decision}",
    {**_CORRECTION, "decision": str, "ground": str},
)
CORRECTION_APPLIED = declare("rights.correction.applied", "A field of {category} was corrected", _CORRECTION)
CORRECTION_FAILED = declare(
    "rights.correction.failed", "A field of {category} was not corrected: {ground}", {**_CORRECTION, "ground": str}
)
REQUEST_CORRECTED = declare("rights.request.corrected", "Correction {case} was answered", _CASE)

_HOLD: dict[str, type] = {"hold": str, "category": str}
HOLD_PLACED = declare(
    "rights.hold.placed", "A legal hold was placed until {ends_on}: {category}", {**_HOLD, "ends_on": str}
)
HOLD_LIFTED = declare("rights.hold.lifted", "A legal hold was lifted: {category}", _HOLD)
HOLD_SHOWN = declare(
    "rights.hold.shown",
    "Authority and reason of a legal hold were opened: {category}",
    _HOLD,
    authorises_decryption=True,
)

LOG_DOWNLOADED = declare(
    "rights.log.downloaded", "{actor} downloaded entries of the log about them: {file}", {"file": str}
)
PACKAGE_ASSEMBLED = declare(
    "rights.package.assembled",
    "The package of request {case} was put together: {files} files, {bytes}",
    {**_CASE, "package": str, "files": int, "bytes": int},
    {"sha256": "subject"},
)
#: seconds after its start in which a download may be resumed: one entry covers all its ranges
DOWNLOAD_LASTS = 3600
PACKAGE_DOWNLOADED = declare(
    "rights.package.downloaded",
    "The package of request {case} was downloaded",
    {**_CASE, "package": str, "first": int, "last": int},
    authorises_decryption=True,
    # A range may be asked for in the last second, and is opened a moment later.
    authorisation_seconds=DOWNLOAD_LASTS + 60,
)
PACKAGE_REMOVED = declare(
    "rights.package.removed",
    "The package of request {case} was removed: {why}",
    {**_CASE, "package": str, "why": str},
)
