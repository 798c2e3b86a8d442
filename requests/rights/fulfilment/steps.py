"""What every step needs: enqueue it, lease it, log it, store its file."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from accounts.personaldata.categories import lock_holds
from audit.log.event_types import EventType
from audit.log.purposes import ReadPurpose
from cases.log_case import log_case
from core import db
from core.encrypted_files import EncryptedFile, delete_file, store_file
from core.enqueue import enqueue
from core.files import new_file_key
from core.leases import Clock, Lease, take_lease
from rights import events
from rights.models import Step
from rights.selectors import steps_on_hold, unsettled_before
from rights.states import BY_HAND, LAST_STEPS, PARALLEL, RUNNING, Verb
from vault.services import encrypt

_FOLDERS = {
    Verb.EXPORT.value: "parts",
    Verb.ASSEMBLE.value: "packages",
    Verb.ATTEST.value: "evidence",
    Verb.INFORM.value: "evidence",
    Verb.ERASE_OUTSIDE.value: "evidence",
}


@dataclass(frozen=True)
class Attempt:
    """An attempt at a step: its lease, the committed entry that authorises reading, and when it began."""

    lease: Lease[Step]
    entry: UUID
    started_at: datetime

    @property
    def step(self) -> Step:
        return self.lease.row


@dataclass(frozen=True)
class StepResult:
    """What an attempt did: the number of records (or files), a stored file with its encrypted key, further facts."""

    count: int
    file: EncryptedFile | None = None
    sealed_key: bytes = b""
    facts: dict[str, Any] = field(default_factory=dict)


def enqueue_step(step_id: UUID) -> None:
    """Enqueue a step's task after commit; a message that is lost is sent again by the sweep."""
    enqueue("rights.ring_step", str(step_id))


def log_step(event: EventType, step: Step, **facts: Any) -> UUID:
    """Append an entry about a step and its last attempt; `facts` as `log_case` takes them."""
    facts |= {"step": str(step.pk), "holding": step.holding, "verb": step.verb, "attempt": step.attempts}
    return log_case(event, step.request, **facts)


def take_step(step_id: UUID, *, clock: Clock) -> Attempt | None:
    """Lease a step and commit the entry that authorises reading; None when it is not to be had."""
    steps = Step.objects.select_related("request__user").defer("request__user__password")
    step = steps.filter(pk=step_id, request__state__in=sorted(RUNNING)).exclude(verb__in=BY_HAND).first()
    if step is None or (step.verb not in PARALLEL and unsettled_before(step).exists()):
        return None
    now = clock()
    with db.atomic(durable=True):
        if step.verb in {Verb.ERASE, *LAST_STEPS}:
            # A hold is there before the step begins, or the step before the hold.
            lock_holds(step.subject)
            if Step.objects.filter(steps_on_hold(now), pk=step.pk).exists():
                return None
        lease = take_lease(step, clock, started_at=now, progress=0)
        if lease is None:
            return None
        entry = log_step(events.STEP_STARTED, step, now=now, purpose=ReadPurpose.RIGHT.value)
        lease.hold(entry=entry)
    return Attempt(lease, entry, now)


def file_name(step: Step, attempt: int) -> str:
    """Return where an attempt stores its file: each its own, so that a late one overwrites nothing."""
    return f"rights/{_FOLDERS[step.verb]}/{step.pk}-{attempt}"


def file_names(step: Step) -> set[str]:
    """Return the names of the files of every attempt: one that died after storing left a file that no row names."""
    if step.verb not in _FOLDERS:
        return set()
    # One more than was counted: of an attempt whose transaction failed a file may be left.
    return {file_name(step, attempt) for attempt in range(1, step.attempts + 2)} | {step.part}


def clear_files(step: Step, *, but: Collection[str] = ()) -> None:
    """Delete the files of every attempt, save those named, and forget them."""
    for name in file_names(step) - {*but}:
        delete_file(name)
    Step.objects.filter(pk=step.pk).update(part="", part_key=None, lease_owner="")


def store_result(attempt: Attempt, chunks: Iterable[bytes], key_context: str) -> tuple[EncryptedFile, bytes]:
    """Store what an attempt made; return the file and its key, encrypted under the subject's."""
    step, key = attempt.step, new_file_key()
    stored = store_file(file_name(step, step.attempts), key, chunks, storing=attempt.lease.storing)
    return stored, encrypt(step.subject, key_context, key)
