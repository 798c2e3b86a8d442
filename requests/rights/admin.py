"""The staff pages of rights requests."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import Http404, HttpRequest
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.identity.models import User
from accounts.identity.staff.access import staff_roles
from cases.admin import CaseAdmin
from cases.policies import open_acts
from cases.presenters import CaseRow
from cases.queue import Tab, assigned_tabs

from . import presenters, selectors
from .forms import RequestFilterForm
from .kind import RIGHTS
from .models import RightsRequest
from .staff.actions import ACTIONS, STEP_ACTIONS
from .states import OFFICER_ACTS, AllowedAct, RequestState, StepStatus, Verb


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

    def visible(self, _user: User) -> QuerySet[RightsRequest]:
        return selectors.list_requests()

    def rows(self, request: HttpRequest, cases: Sequence[RightsRequest], now: datetime) -> list[CaseRow]:
        return presenters.request_rows(cases, self.actor(request) if self.works(request) else None, now)

    def heading(self, case: RightsRequest, request: HttpRequest) -> str:
        if case.user is None or not self.works(request):
            return case.reference
        facts = {"reference": case.reference, "kind": case.get_kind_display(), "name": case.user.username}
        return _("%(reference)s: %(kind)s request of %(name)s") % facts

    def get_case(self, _request: HttpRequest, reference: str) -> RightsRequest:
        try:
            return selectors.get_request(reference)
        except RightsRequest.DoesNotExist:
            raise Http404 from None

    def open_case(self, case: RightsRequest, request: HttpRequest, now: datetime) -> dict[str, Any]:
        return {**super().open_case(case, request, now), "deadline": presenters.deadline_of(case, now)}

    def progress_of(self, case: RightsRequest, request: HttpRequest) -> dict[str, Any]:
        user = self.actor(request)
        steps = selectors.list_steps(case)
        rows = presenters.step_rows(steps)
        acts = open_acts(RIGHTS, case, user, staff_roles(request))
        for item in rows:
            is_stuck = item["step"].status in {StepStatus.FAILED, StepStatus.NEEDS_ATTENTION}
            item["may_retry"] = is_stuck and AllowedAct.REFUSE in acts and case.state == RequestState.IN_PROGRESS
            item["may_exclude"] = item["may_retry"] and item["step"].verb == Verb.EXPORT
        (row,) = self.rows(request, [case], timezone.now())
        return {
            "case": case,
            "row": row,
            "steps": rows,
            "progress": presenters.progress_of(steps),
            "package": getattr(case, "package", None),
            "is_polled": case.state in {RequestState.IN_PROGRESS, RequestState.AWAITING_USER},
            "may": {act.value: act in acts for act in OFFICER_ACTS},
            "mine": case.assignee_id == user.pk,
            "may_work": self.works(request),
        }


def register(site: admin.AdminSite) -> None:
    """Register the queue."""
    site.register(RightsRequest, RightsRequestAdmin)
