"""The staff pages of rights requests."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from mimetypes import guess_extension
from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _, gettext_lazy
from django.views.decorators.http import require_safe

from accounts.identity.models import User
from accounts.identity.staff.access import staff_roles
from accounts.personaldata.categories import DataCategory
from cases.admin import CaseAdmin
from cases.policies import open_acts
from cases.presenters import CaseRow
from cases.queue import Tab, assigned_tabs
from cases.services import record_showing
from core.actions import Action
from vault.errors import KeyDestroyedError

from . import presenters, selectors, services
from .certificate_views import file_answer
from .external_stores import MIXPANEL, PLATFORM, store_named
from .filing_forms import answers_of
from .forms import AttestForm, ExcludeForm, RefusalForm, RequestFilterForm, ReviewedForm
from .kind import RIGHTS
from .models import Certificate, Correction, Evidence, LegalHold, RightsRequest, Step
from .policies import HOLDERS, SIGNERS, may_see, scope_title, signer_refusals, visible_to
from .staff.actions import ACTIONS, CORRECTION_ACTIONS, STEP_ACTIONS
from .staff.legal_holds import LegalHoldAdmin
from .states import (
    EXCLUDABLE,
    OFFICER_ACTS,
    OUTSIDE,
    RUNNING,
    AllowedAct,
    FieldDecision,
    Kind,
    RequestState,
    StepStatus,
    Verb,
)


def _may_show(category: DataCategory) -> bool:
    """Return whether staff see values of a data category: of a restricted one under a grant alone."""
    return not category.restricted


def _field_sheet(case: RightsRequest, row: Correction, actor: User, now: datetime) -> dict[str, Any]:
    """Return the one field that is decided about with its texts, once an entry says who opens them."""
    entry = record_showing(RIGHTS, case, actor=actor, now=now)
    opened = services.open_corrections(case, entry, shows=_may_show)
    found = [each for each in opened if each["row"].pk == row.pk]
    return {"template": "rights/staff/_field_sheet.html", "corrections": found}


class RightsRequestAdmin(CaseAdmin):
    """Every change is one call of a service."""

    kind = RIGHTS
    readers = RIGHTS.readers
    tabs = (
        *assigned_tabs(RIGHTS),
        Tab(
            "late-start", gettext_lazy("Not acknowledged in time"), lambda _user, now: selectors.unacknowledged_at(now)
        ),
    )
    queue_form = RequestFilterForm
    acts = ACTIONS
    step_acts = STEP_ACTIONS
    case_template = "rights/staff/request.html"
    progress_template = "rights/staff/_progress.html"

    def visible(self, request: HttpRequest) -> QuerySet[RightsRequest]:
        return selectors.list_requests().filter(visible_to(staff_roles(request)))

    def rows(self, request: HttpRequest, cases: Sequence[RightsRequest], now: datetime) -> list[CaseRow]:
        return presenters.request_rows(cases, self.actor(request) if self.works(request) else None, now)

    def heading(self, case: RightsRequest, request: HttpRequest) -> str:
        if case.user is None or not self.works(request):
            return case.reference
        facts = {"reference": case.reference, "kind": case.get_kind_display(), "name": case.user.username}
        return _("%(reference)s: %(kind)s request of %(name)s") % facts

    def get_case(self, request: HttpRequest, reference: str) -> RightsRequest:
        try:
            found = selectors.get_request(reference)
        except RightsRequest.DoesNotExist:
            raise Http404 from None
        if not may_see(found, staff_roles(request)):
            raise PermissionDenied
        return found

    def open_case(self, case: RightsRequest, request: HttpRequest, now: datetime) -> dict[str, Any]:
        roles = staff_roles(request)
        return {
            **(self._correction(case, request) if case.kind == Kind.CORRECTION else {}),
            **super().open_case(case, request, now),
            "deadline": presenters.deadline_of(case, now),
            "answers": answers_of(case),
            "reads_holds": bool(roles & LegalHoldAdmin.readers),
            "may_hold": bool(roles & HOLDERS) and case.is_open and case.subject != self.actor(request).reference,
        }

    def open_texts(self, case: RightsRequest, entry: UUID) -> dict[str, Any]:
        if case.kind != Kind.CORRECTION:
            return {}
        return {"corrections": services.open_corrections(case, entry, shows=_may_show)}

    def _correction(self, case: RightsRequest, request: HttpRequest) -> dict[str, Any]:
        """Return what is to be corrected without a text, which only `open_texts` adds, and who decides about it."""
        return {
            "corrections": [{"row": row, **services.describe_field(row)} for row in case.corrections.all()],
            "evidence": getattr(case, "evidence", None),
            "decides": case.assignee_id == self.actor(request).pk and case.state == RequestState.VERIFYING,
        }

    def may_do(self, request: HttpRequest, name: str) -> bool:
        # What a search found is decided by who may sign, too.
        return (
            bool(staff_roles(request) & SIGNERS) if name in {"sign_off", "leave_out"} else super().may_do(request, name)
        )

    def adapt(self, action: Action, name: str, case: RightsRequest, step_id: UUID | None) -> Action:
        if case.kind == Kind.CORRECTION:
            action = CORRECTION_ACTIONS.get(name, action)
        if name == "refuse":
            return replace(action, form=partial(RefusalForm, Kind(case.kind)))
        if name == "sign_off":
            return replace(action, points=partial(presenters.sign_off_points, case))
        if name == "approve" and (found := presenters.mention_points(selectors.list_steps(case))):
            return replace(action, form=ReviewedForm, points=lambda _actor: found)
        if step_id is None:
            return action
        if name == "decide":
            row = get_object_or_404(Correction, pk=step_id, request=case)
            return replace(action, sheet=partial(_field_sheet, case, row))
        return self._adapt_to_step(action, name, get_object_or_404(Step, pk=step_id, request=case))

    def _adapt_to_step(self, action: Action, name: str, step: Step) -> Action:
        if name == "leave_out":
            if step.verb not in EXCLUDABLE:
                raise Http404
            (row,) = presenters.step_rows([step])
            text = f"{row['label']}: {row['state_label']}. {action.text}"
            return replace(action, text=text, form=partial(ExcludeForm, step.verb))
        if name != "attest":
            return action
        store = store_named(step.holding)
        if store is None or step.verb not in OUTSIDE:
            raise Http404
        points = partial(presenters.pseudonym_points, step) if step.holding == MIXPANEL else None
        how = store.how
        if step.verb == Verb.INFORM:
            how = _("Correct it there, or tell them what is right and wrong, and keep what shows it.")
        text = f"{store.title}: {store.what}. {how} {action.text}"
        return replace(action, text=text, points=points, form=partial(AttestForm, step.verb))

    def more_urls(self) -> list[URLPattern]:
        one = "<slug:reference>/"
        return [
            path(f"{one}evidence/", self.protect(self.filed_evidence), name="rights_request_filed_evidence"),
            path(f"{one}certificate.json", self.protect(self.certificate), name="rights_request_certificate"),
            path(f"{one}steps/<uuid:step_id>/evidence/", self.protect(self.evidence), name="rights_request_evidence"),
        ]

    @method_decorator(require_safe)
    def certificate(self, request: HttpRequest, reference: str) -> HttpResponseBase:
        """Hand out the certificate of a deletion as a file."""
        case = self.get_case(request, reference)
        found = Certificate.objects.filter(request=case).first()
        if found is None or found.entry is None:
            raise Http404
        return file_answer(found, found.entry, reference)

    @method_decorator(require_safe)
    def evidence(self, request: HttpRequest, reference: str, step_id: UUID) -> HttpResponseBase:
        """Hand out the evidence of what was erased outside, to officers, who see it only after an entry in the log."""
        if not self.works(request):
            raise PermissionDenied
        case = self.get_case(request, reference)
        try:
            step, content = services.open_evidence(case, step_id, actor=self.actor(request), now=timezone.now())
        except (Step.DoesNotExist, KeyDestroyedError, FileNotFoundError):
            raise Http404 from None
        return _evidence_file(f"{reference}-{step.holding}", (step.receipt or {})["media_type"], content)

    @method_decorator(require_safe)
    def filed_evidence(self, request: HttpRequest, reference: str) -> HttpResponseBase:
        """Hand out the file that the person sent with their request, to officers, after an entry in the log."""
        if not self.works(request):
            raise PermissionDenied
        case = self.get_case(request, reference)
        try:
            file, content = services.open_filed_evidence(case, actor=self.actor(request), now=timezone.now())
        except (Evidence.DoesNotExist, KeyDestroyedError, FileNotFoundError):
            raise Http404 from None
        return _evidence_file(f"{reference}-evidence", file.media_type, content)

    def progress_of(self, case: RightsRequest, request: HttpRequest) -> dict[str, Any]:
        user, now = self.actor(request), timezone.now()
        steps, on_hold = selectors.list_steps(case), selectors.list_holds_on(case.subject, now)
        rows = presenters.step_rows(steps, on_hold)
        acts = open_acts(RIGHTS, case, user, staff_roles(request))
        holds = case.assignee_id == user.pk and bool(acts)
        may = {act.value: act in acts for act in OFFICER_ACTS}
        may_sign = case.kind == Kind.DELETION and case.is_open and case.pk not in signer_refusals([case], user)
        may["sign_off"] = _is_to_sign(case) and not on_hold and may_sign
        is_whole = any(not hold.category for hold in on_hold)
        may["erase"] = may["start"] and case.kind == Kind.DELETION and not is_whole
        if case.kind == Kind.CORRECTION and may["start"]:
            may["start"] = not case.corrections.filter(decision=FieldDecision.PENDING).exists()
        is_ordered = any(step.holding == PLATFORM for step in steps)
        order = selectors.open_orders().filter(case_ref=case.reference).first() if is_ordered else None
        for item in rows:
            step, decides = item["step"], holds and case.state in RUNNING
            is_stuck = step.status in {StepStatus.FAILED, StepStatus.NEEDS_ATTENTION}
            item["may_attest"] = decides and step.is_attestable and not is_whole
            item["may_retry"] = decides and is_stuck
            if order is not None and step.holding == PLATFORM:
                item["note"] = presenters.order_note(order)
            item["may_exclude"] = (item["may_retry"] or item["may_attest"]) and step.verb in EXCLUDABLE
            if item["mentions"] and AllowedAct.EXCLUDE in acts:
                item["may_exclude"] = holds
            if step.verb == Verb.SEARCH:
                item["may_exclude"] = is_stuck and case.state in RUNNING and may_sign
            item["has_evidence"] = self.works(request) and step.verb in OUTSIDE and bool(step.part)
        (row,) = self.rows(request, [case], now)
        return {
            "case": case,
            "row": row,
            "steps": rows,
            "has_mentions": case.state == RequestState.REVIEW and any(item["mentions"] for item in rows),
            "holds": [(hold, scope_title(hold.category)) for hold in on_hold],
            "progress": presenters.progress_of(steps),
            "package": getattr(case, "package", None),
            "is_polled": case.state in RUNNING | {RequestState.AWAITING_USER},
            "may": may,
            "is_grace": case.grace_ends_at is not None and now < case.grace_ends_at,
            "is_to_sign": _is_to_sign(case),
            "certificate": getattr(case, "certificate", None),
            "marks": presenters.mark_rows(selectors.marks_in_force().filter(request=case)) if case.details else [],
            "may_lift": self.works(request) and case.kind == Kind.RESTRICTION and not case.is_open,
            "mine": case.assignee_id == user.pk,
            "may_work": self.works(request),
        }


def _evidence_file(name: str, media_type: str, content: bytes) -> HttpResponse:
    """Return evidence as a download, which no browser shows by itself."""
    disposition = f'attachment; filename="{name}{guess_extension(media_type)}"'
    headers = {"Content-Disposition": disposition, "Cache-Control": "no-store, private"}
    return HttpResponse(content, content_type=media_type, headers=headers)


def _is_to_sign(case: RightsRequest) -> bool:
    return case.kind == Kind.DELETION and case.state == RequestState.REVIEW and case.assignee_id is not None


def register(site: admin.AdminSite) -> None:
    """Register the queue and the legal holds."""
    site.register(RightsRequest, RightsRequestAdmin)
    site.register(LegalHold, LegalHoldAdmin)
