"""A member of staff attests that what lies outside of the office was erased or corrected there."""

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from cases.errors import WrongStateError
from cases.policies import check_worker
from cases.services import record_showing
from core import db
from core.encrypted_files import delete_file, open_file, store_file
from core.files import new_file_key
from core.media_types import media_type_of
from rights import events
from rights.errors import RightsError
from rights.fulfilment.run_step import proceed
from rights.fulfilment.steps import file_name, log_step
from rights.kind import RIGHTS
from rights.models import RightsRequest, Step
from rights.policies import check_not_on_hold
from rights.selectors import get_request_for_update
from rights.states import FINDINGS, OUTSIDE, Attestation, RequestState, StepStatus, Verb
from vault.errors import KeyDestroyedError
from vault.services import decryptor, encrypt

#: bytes of a file of evidence
LARGEST_EVIDENCE = 5_000_000
#: how far ahead the last backup of a store outside may expire
LONGEST_BACKUP = timedelta(days=3653)


def check_evidence(finding: str, content: bytes) -> str | None:
    """Return the media type of the evidence, None for no evidence where none is needed; raises RightsError."""
    if finding in {Attestation.ERASED, Attestation.CORRECTED} and not content:
        raise RightsError("evidence", _("Add the evidence: a file that shows what was done there."))
    if len(content) > LARGEST_EVIDENCE:
        raise RightsError("evidence", _("The file is larger than 5 MB."))
    media_type = media_type_of(content) if content else None
    if content and media_type is None:
        raise RightsError("evidence", _("The file is no PDF, PNG, JPEG or plain text."))
    return media_type


def check_backups(until: date | None, now: datetime) -> None:
    """Raise RightsError unless backups outside may expire on a day."""
    if until is not None and not now.date() <= until <= now.date() + LONGEST_BACKUP:
        raise RightsError("backups_until", _("Give a day from today to ten years ahead."))


def attest_step(
    reference: str,
    step_id: UUID,
    *,
    actor: User,
    finding: Attestation,
    evidence: Iterable[bytes] | None,
    backups_until: date | None = None,
    now: datetime,
) -> Step:
    """Settle a step outside of the office by what was found there; the evidence is encrypted under the person's key.

    Its digest stays in the certificate, and the file goes with the person. Raises NotAllowedError, WrongStateError,
    OnHoldError, RightsError for a step that is settled, and for evidence that is missing, too large or of another kind.
    """
    content = b"".join(evidence) if evidence is not None else b""
    media_type = check_evidence(finding, content)
    check_backups(backups_until, now)
    with db.atomic():
        request = get_request_for_update(reference)
        check_worker(RIGHTS, request, actor)
        if request.state != RequestState.IN_PROGRESS:
            raise WrongStateError(request.reference, str(request.get_state_display()))
        step = Step.objects.select_for_update().get(pk=step_id, request=request)
        if not step.is_attestable or finding not in FINDINGS[step.verb]:
            raise RightsError("step", _("This step is settled already, or is none that is attested."))
        if step.verb != Verb.INFORM:
            check_not_on_hold(step.subject, now, whole=True)
        step.request = request
        step.attempts += 1
        receipt: dict[str, Any] = {**(step.receipt or {}), "by": actor.reference, "finding": finding.value}
        if backups_until is not None:
            receipt["backups_until"] = backups_until.isoformat()
        if content:
            receipt |= {"media_type": media_type, **_store(step, content)}
        step.status, step.receipt, step.finished_at = StepStatus.DONE, receipt, now
        # A sweep removes the files of steps that a worker leased: this one is the evidence.
        step.lease_owner = step.last_error = ""
        changed = ["status", "receipt", "finished_at", "attempts", "part", "part_key", "lease_owner", "last_error"]
        step.save(update_fields=changed)
        log_step(
            events.STEP_ATTESTED,
            step,
            actor=actor_of(actor),
            now=now,
            finding=finding.value,
            evidence=receipt.get("sha256"),
        )
        proceed(request, now=now)
    return step


def open_evidence(request: RightsRequest, step_id: UUID, *, actor: User, now: datetime) -> tuple[Step, bytes]:
    """Return a step outside with its evidence, once an entry says who opens it; raises Step.DoesNotExist."""
    step = Step.objects.exclude(part="").get(pk=step_id, request=request, verb__in=OUTSIDE)
    entry = record_showing(RIGHTS, request, actor=actor, now=now)
    key = decryptor(step.subject, entry).decrypt(step.key_context, bytes(step.part_key or b""))
    with open_file(step.part, key) as reader:
        return step, b"".join(reader.read_range())


def _store(step: Step, content: bytes) -> dict[str, object]:
    """Store the file; where the transaction fails afterwards, the next attempt replaces it."""
    key, name = new_file_key(), file_name(step, step.attempts)
    try:
        step.part_key = encrypt(step.subject, step.key_context, key)
    except KeyDestroyedError:
        raise RightsError("evidence", _("This person was erased: nothing more is kept about them.")) from None
    delete_file(name)
    stored = store_file(name, key, [content], storing=lambda _size: None)
    step.part = stored.name
    return {"bytes": stored.size, "sha256": stored.sha256}
