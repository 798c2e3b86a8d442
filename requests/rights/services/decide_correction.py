"""What becomes of a correction: an officer decides about each field, who sees its texts, and its answer."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from accounts.identity.actors import actor_of
from accounts.identity.models import User
from accounts.personaldata.categories import DataCategory, category_named
from cases.encrypt_for import encrypt_for
from cases.errors import WrongStateError
from cases.log_case import log_case
from cases.policies import check_worker, next_state
from cases.services import record_showing
from core import db
from core.encrypted_files import open_file
from rights import events, letters
from rights.errors import RightsError
from rights.external_stores import stores
from rights.fulfilment.correct_category import log_correction
from rights.fulfilment.start_request import start_request
from rights.kind import RIGHTS
from rights.models import Correction, Evidence, RightsRequest
from rights.selectors import get_own_request, get_request_for_update, list_steps
from rights.states import (
    OFFICER_GROUNDS,
    AllowedAct,
    Attestation,
    FieldDecision,
    MarkEnd,
    RequestState,
    StepStatus,
    Verb,
)
from vault.services import Decryptor, decryptor

from .marks import end_marks
from .officer_acts import clean_reasons


def decide_correction(
    reference: str,
    correction_id: UUID,
    *,
    actor: User,
    decision: FieldDecision,
    ground: str = "",
    words: str = "",
    now: datetime,
) -> Correction:
    """Accept or refuse one field; until the work starts it may be decided anew.

    The words of a refusal are encrypted, and the person reads them. Raises NotAllowedError, WrongStateError,
    Correction.DoesNotExist, RightsError for a refusal without ground and words.
    """
    is_refused = decision == FieldDecision.REFUSED
    if decision == FieldDecision.PENDING:
        raise RightsError("decision", _("Accept or refuse it."))
    if is_refused and ground not in OFFICER_GROUNDS:
        raise RightsError("ground", _("Give the ground of the refusal."))
    words = clean_reasons("words", words) if is_refused else ""
    with db.atomic():
        request = get_request_for_update(reference)
        check_worker(RIGHTS, request, actor)
        if request.state != RequestState.VERIFYING:
            raise WrongStateError(request.reference, str(request.get_state_display()))
        row = Correction.objects.select_for_update().get(pk=correction_id, request=request)
        row.decision, row.ground = decision, str(ground) if is_refused else ""
        row.sealed_words = encrypt_for(request, row.context("sealed_words"), words) if is_refused else None
        row.decided_by, row.decided_at = actor.reference, now
        row.save(update_fields=["decision", "ground", "sealed_words", "decided_by", "decided_at"])
        row.request = request
        log_correction(
            events.CORRECTION_DECIDED,
            row,
            actor=actor_of(actor),
            now=now,
            decision=decision.value,
            ground=row.ground or None,
        )
    return row


def approve_correction(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Put in place what was accepted, once each field is decided: nothing is disputed any more; raises as the start."""
    with db.atomic():
        request = start_request(reference, actor=actor, now=now)
        end_marks(request, actor=actor_of(actor), now=now, reason=MarkEnd.DECIDED)
    return request


def close_correction(reference: str, *, actor: User, now: datetime) -> RightsRequest:
    """Answer a correction whose steps are settled: the person is told by letter what was done and who was told.

    Raises NotAllowedError, WrongStateError.
    """
    with db.atomic():
        request = get_request_for_update(reference)
        check_worker(RIGHTS, request, actor)
        request.state, request.closed_at = next_state(RIGHTS, request, AllowedAct.APPROVE), now
        request.save(update_fields=["state", "closed_at"])
        log_case(events.REQUEST_CORRECTED, request, actor=actor_of(actor), now=now)
        letters.write(letters.CORRECTED, request, now=now, **letter_facts(request))
    return request


def letter_facts(request: RightsRequest) -> dict[str, Any]:
    """Return what the letter that answers a correction says: of each field, and of whoever was told."""
    steps = {(step.verb, step.holding): step for step in list_steps(request)}
    left_out = {holding: step.get_left_out_display() for (verb, holding), step in steps.items() if verb == Verb.CORRECT}
    told = [
        str(store.title)
        for store in stores()
        if (step := steps.get((Verb.INFORM, store.name)))
        and step.status == StepStatus.DONE
        and (step.receipt or {}).get("finding") == Attestation.CORRECTED
    ]
    rows = [
        {"row": row, "left_out": left_out.get(row.category), **describe_field(row)} for row in request.corrections.all()
    ]
    return {"rows": rows, "told": _(", ").join(told)}


def describe_field(row: Correction) -> Mapping[str, Any]:
    """Return what a field and its data category are called."""
    category = category_named(row.category)
    return {"category": category.title, "field": category.fields.get(row.field, row.field)}


def open_corrections(
    request: RightsRequest, entry: UUID, *, shows: Callable[[DataCategory], bool]
) -> list[dict[str, Any]]:
    """Return the fields of a correction with their texts; `entry` authorises decrypting them.

    Of categories that `shows` does not let through, the values stay encrypted and are None. Raises KeyDestroyedError
    once the person was erased.
    """
    found = list(request.corrections.all())
    if not found:
        return []
    opened = decryptor(request.subject, entry)
    return [_opened(row, opened, shows=shows(category_named(row.category))) for row in found]


def _opened(row: Correction, opened: Decryptor, *, shows: bool) -> dict[str, Any]:
    def text(column: str) -> str:
        sealed = getattr(row, column)
        return opened.text(row.context(column), sealed) if sealed is not None else ""

    return {
        "row": row,
        **describe_field(row),
        "old": text("sealed_old") if shows else None,
        "new": text("sealed_new") if shows else None,
        "reason": text("sealed_reason"),
        "words": text("sealed_words"),
    }


def show_corrections(user: User, reference: str, *, now: datetime) -> list[dict[str, Any]]:
    """Return the fields of one's own correction with their texts; that is logged.

    Raises RightsRequest.DoesNotExist for anybody else's.
    """
    with db.row_security_for(user.reference):
        request = get_own_request(user.reference, reference)
        entry = log_case(events.CORRECTIONS_OPENED, request, actor=actor_of(user), now=now)
    with db.row_security_for(user.reference):
        return open_corrections(request, entry, shows=lambda _category: True)


def open_filed_evidence(request: RightsRequest, *, actor: User, now: datetime) -> tuple[Evidence, bytes]:
    """Return the file that a person sent with their request, once an entry says who opens it; raises DoesNotExist."""
    file = Evidence.objects.get(request=request)
    entry = record_showing(RIGHTS, request, actor=actor, now=now)
    key = decryptor(file.subject, entry).decrypt(file.key_context, bytes(file.sealed_key))
    with open_file(file.name, key) as reader:
        return file, b"".join(reader.read_range())
