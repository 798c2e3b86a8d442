"""The admin pages of approval requests: the queue, one request, the form for a new one, the page that shows an item."""

from typing import Any
from uuid import UUID

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponseBase, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.identity.staff.role_admin import RoleAdmin
from accounts.identity.step_up.recent_step_up import (
    Purpose,
    recently_reauthenticated,
    step_up_answer,
    step_up_url,
    used_second_factor,
)
from audit.staff.presenters import case_url
from core.actions import NOT_POSTED, Outcome, perform

from . import presenters, selectors, services
from .errors import AccessError
from .forms import DecideForm, ReviewForm
from .models import ApprovalRequest
from .policies import (
    VIEWERS,
    allows,
    may_decide,
    may_request_at_all,
    may_review,
    may_revoke,
    may_see_request,
    sees_every_request,
)
from .staff.actions import ACTIONS
from .staff.new_request_view import NewApprovalRequestView
from .texts import quote

PAGE_SIZE = 50


class ApprovalRequestAdmin(RoleAdmin):
    """Every change is one call of a service, every access is `read_item`."""

    readers = VIEWERS

    def get_urls(self) -> list[URLPattern]:
        one, act = "<slug:reference>/", self.protect(self.act)
        return [
            path("", self.protect(self.queue), name="humanaccess_approvalrequest_changelist"),
            path("new/", self.protect(self.new), name="humanaccess_approval_new"),
            path(one, self.protect(self.detail), name="humanaccess_approval"),
            path(f"{one}look/<uuid:item_id>/", self.protect(self.item), name="humanaccess_item"),
            *(path(f"{one}{name}/", act, {"name": name}, name=f"humanaccess_approval_{name}") for name in ACTIONS),
        ]

    def queue(self, request: HttpRequest) -> HttpResponseBase:
        """List approval requests, newest first: all of them for who decides or reviews, else one's own."""
        user, now = self.actor(request), timezone.now()
        show = request.GET.get("show", "")
        approval_requests = selectors.list_requests_for(None if sees_every_request(user) else user.reference, show, now)
        page = Paginator(approval_requests, PAGE_SIZE).get_page(request.GET.get("page"))
        context = {
            "title": _("Access to user data"),
            "rows": presenters.request_rows(page.object_list, now),
            "page_obj": page,
            "show": show,
            "may_request": may_request_at_all(user),
        }
        return self.page(request, "humanaccess/staff/queue.html", context)

    def new(self, request: HttpRequest) -> HttpResponseBase:
        """Find items of one person, then request access to those that are ticked."""
        asker = self.actor(request)
        # Before the form is read: it tells whether an e-mail address has an account.
        if not may_request_at_all(asker):
            raise PermissionDenied
        # Before it is posted: what is typed is not carried through a step-up.
        return (
            step_up_answer(request, timezone.now(), Purpose.READ)
            or NewApprovalRequestView(request, asker, self.page).answer()
        )

    def detail(self, request: HttpRequest, reference: str) -> HttpResponseBase:
        """Show one approval request; that it was opened is logged before it is shown."""
        return self._detail(request, self._found(request, reference))

    def _detail(
        self, request: HttpRequest, approval_request: ApprovalRequest, outcome: Outcome = NOT_POSTED
    ) -> HttpResponseBase:
        user, now = self.actor(request), timezone.now()
        reason, notes = services.show_request_to_staff(approval_request, viewer=user, now=now)
        grant = presenters.grant_of(approval_request)
        asker, subject = selectors.get_user(approval_request.asker), selectors.get_user(approval_request.subject)
        (row,) = presenters.request_rows([approval_request], now)
        needs_review = grant is not None and approval_request.rule.review_each and not row["live"]
        review = presenters.review_of(grant)
        address = reverse("admin:humanaccess_approval", args=[approval_request.reference])
        refused_before = selectors.list_refused_before(approval_request) if approval_request.rule.approver else []
        decide_form = outcome.form if isinstance(outcome.form, DecideForm) else DecideForm()
        if not refused_before:
            del decide_form.fields["has_seen_refusal"]
        context = {
            **row,
            "title": approval_request.reference,
            "reason": quote(reason) if reason else "",
            "subject_name": getattr(subject, "username", _("the account is gone")),
            "items": list(approval_request.items.all()),
            "readable": {item.pk for item in selectors.list_granted_items(grant)} if grant else set(),
            "decisions": presenters.decision_rows(approval_request, notes),
            "refused_before": refused_before,
            "counted": selectors.count_approvals(approval_request)
            if approval_request.rule.approver and row["waits"]
            else None,
            "accesses": presenters.staff_accesses(approval_request),
            "review": review,
            "may_review": needs_review and review is None and allows(may_review, user, approval_request),
            "decide_form": decide_form,
            "review_form": outcome.form if isinstance(outcome.form, ReviewForm) else ReviewForm(),
            "is_asker": user.reference == approval_request.asker,
            "may_decide": row["waits"] and allows(may_decide, user, approval_request, asker, subject, now),
            "step_up_to_act": "" if recently_reauthenticated(request, now) else step_up_url(address),
            "step_up_to_read": ""
            if recently_reauthenticated(request, now, Purpose.READ)
            else step_up_url(address, Purpose.READ),
            "may_revoke": grant is not None and allows(may_revoke, user, grant),
            "refusal": outcome.refusal,
            "log_url": case_url(request, approval_request.reference),
        }
        return self.page(request, "humanaccess/staff/approval_request.html", context, outcome.status)

    def act(self, request: HttpRequest, reference: str, name: str) -> HttpResponseBase:
        """Do one posted act; a refusal says why and changes nothing."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        approval_request, action = self._found(request, reference), ACTIONS[name]
        if action.decides and (answer := self.step_up(request)):
            return answer
        outcome = perform(action, request, approval_request, actor=self.actor(request))
        if outcome.is_done:
            return redirect("admin:humanaccess_approval", reference)
        return self._detail(request, self._found(request, reference), outcome)

    def item(self, request: HttpRequest, reference: str, item_id: UUID) -> HttpResponseBase:
        """Show one item to its reader, once, by a posted button."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        user, now = self.actor(request), timezone.now()
        grant = presenters.grant_of(self._found(request, reference))
        if grant is None:
            raise Http404
        if answer := step_up_answer(request, now, Purpose.READ):
            return answer
        context: dict[str, Any] = {
            "title": _("One item"),
            "reference": reference,
            "back_url": reverse("admin:humanaccess_approval", args=[reference]),
        }
        status = 200
        try:
            context["access"] = services.read_item(
                grant.pk,
                item_id=item_id,
                reader=user,
                mfa=used_second_factor(request),
                stepped_up=recently_reauthenticated(request, now, Purpose.READ),
                now=now,
            )
        except AccessError as error:
            context["refusal"], status = error.sentence, error.status
        return self.page(request, "humanaccess/staff/item.html", context, status)

    def _found(self, request: HttpRequest, reference: str) -> ApprovalRequest:
        found = get_object_or_404(ApprovalRequest.objects.select_related("grant"), reference=reference)
        if not may_see_request(self.actor(request), found):
            raise Http404
        return found


def register(site: admin.AdminSite) -> None:
    """Register the queue."""
    site.register(ApprovalRequest, ApprovalRequestAdmin)
