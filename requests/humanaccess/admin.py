"""The staff pages of approval requests: the queue, one request, the form for a new one, the page that shows an item."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from functools import partial
from http import HTTPStatus
from math import ceil
from typing import Any
from uuid import UUID

from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _, gettext_lazy, ngettext

from accounts.identity.staff.access import staff_roles
from accounts.identity.step_up.recent_step_up import (
    Purpose,
    recently_reauthenticated,
    step_up_answer,
    step_up_url,
    used_second_factor,
)
from accounts.personaldata.item_providers import show_time
from cases.admin import CaseAdmin
from cases.presenters import CaseRow
from cases.queue import Tab, open_cases
from core.actions import Action
from core.polling import page_instead

from . import presenters, selectors, services
from .access_gate_sql import CODE_SECONDS
from .errors import AccessError
from .forms import ApprovalFilterForm, DecideForm
from .grounds import RULES
from .kind import APPROVALS
from .legal.admin import LegalProcessAdmin, own_subjects
from .models import Aggregate, ApprovalRequest, LegalProcess
from .policies import (
    VIEWERS,
    allows,
    may_decide,
    may_request_at_all,
    may_review,
    may_revoke,
    may_see_request,
    may_settle,
    sees_every_request,
)
from .staff import sheets
from .staff.actions import ACTIONS
from .staff.aggregate_admin import AggregateAdmin
from .staff.new_request_view import NewApprovalRequestView
from .texts import quote, render_duration
from .waiting import next_acts, to_review_or_settle

_ITEM_PAGE = "humanaccess/staff/item.html"
#: how often the watermark stands behind an item: enough to fill the largest screens
_TILES = 240


class ApprovalRequestAdmin(CaseAdmin):
    """Every change is one call of a service, every access is `read_item`."""

    kind = APPROVALS
    readers = VIEWERS
    tabs = (
        Tab("all", gettext_lazy("All"), lambda _user, _now: Q(), "-received"),
        Tab("waiting", gettext_lazy("Waiting"), lambda _user, now: open_cases(APPROVALS) & Q(expires_at__gt=now)),
        Tab("mine", gettext_lazy("Mine"), lambda user, _now: Q(asker=user.reference), "-received"),
        Tab(
            "open",
            gettext_lazy("Access open"),
            lambda _user, now: Q(grant__ended_at__isnull=True, grant__ends_at__gt=now),
        ),
        Tab(
            "review",
            gettext_lazy("To review"),
            lambda _user, now: Q(grant__in=selectors.list_unreviewed(now).values("pk")),
        ),
    )
    queue_form = ApprovalFilterForm
    acts = ACTIONS
    headings = {
        "what": gettext_lazy("Ground"),
        "who": gettext_lazy("Requested by"),
        "left": gettext_lazy("Ends"),
        "holder": gettext_lazy("Access"),
    }
    queue_template = "humanaccess/staff/queue.html"
    case_template = "humanaccess/staff/approval_request.html"
    progress_template = "humanaccess/staff/_progress.html"

    def more_urls(self) -> list[URLPattern]:
        return [
            path("new/", self.protect(self.new), name="humanaccess_approval_new"),
            path("<slug:reference>/look/<uuid:item_id>/", self.protect(self.item), name="humanaccess_item"),
            path("<slug:reference>/live/", self.live, name="humanaccess_live"),
        ]

    def visible(self, request: HttpRequest) -> QuerySet[ApprovalRequest]:
        """Return all requests for who decides, reviews or audits; for others their own, and those of their grounds."""
        user = self.actor(request)
        found = ApprovalRequest.objects.select_related("grant").defer("sealed").exclude(subject=user.reference)
        found = found.exclude(process__isnull=False, subject__in=own_subjects(request))
        if sees_every_request(user):
            return found
        roles = staff_roles(request)
        decided = [ground for ground, rule in RULES.items() if roles & rule.approvers]
        own = Q(asker=user.reference) | Q(ground__in=decided)
        return found.filter(own | Q(grant__in=to_review_or_settle(user, roles)))

    def rows(self, request: HttpRequest, cases: Sequence[ApprovalRequest], now: datetime) -> list[CaseRow]:
        acts = next_acts(self.actor(request), staff_roles(request), cases, now)
        return presenters.queue_rows(cases, acts, now)

    def queue_context(self, request: HttpRequest) -> dict[str, Any]:
        return {"may_request": may_request_at_all(self.actor(request))}

    def offers(self, request: HttpRequest, case: ApprovalRequest, name: str) -> bool:
        now = self.progress_of(case, request)
        return bool(
            {
                "cancel": now["waits"] and now["is_asker"],
                "approve": now["may_decide"],
                "decline": now["may_decide"],
                "close": now["live"] and now["is_asker"],
                "revoke": now["live"] and now["may_revoke"],
                "review": now["may_review"],
                "settle": now["may_settle"],
            }[name]
        )

    def adapt(self, action: Action, name: str, case: ApprovalRequest, _step_id: UUID | None) -> Action:
        if name in {"review", "settle"} and presenters.grant_of(case) is not None:
            return replace(action, sheet=partial(sheets.review_sheet, case))
        if name != "approve" or not case.rule.approvers:
            return action
        count = case.items.count()
        text = ngettext(
            "Once enough approvals count, access to %(count)d item is open at once, for %(window)s.",
            "Once enough approvals count, access to %(count)d items is open at once, for %(window)s.",
            count,
        ) % {"count": count, "window": render_duration(case.window)}
        more = _("Each read is logged before it is shown; the person is written to after the first.")
        earlier = selectors.list_earlier_answers(case)
        return replace(
            action,
            text=f"{text} {more}",
            form=partial(DecideForm, window=case.window, has_refused=bool(earlier)),
            sheet=partial(sheets.earlier_sheet, case, earlier),
        )

    def target(self, case: ApprovalRequest) -> ApprovalRequest:
        return case

    def get_case(self, request: HttpRequest, reference: str) -> ApprovalRequest:
        found = ApprovalRequest.objects.select_related("grant", "process").filter(reference=reference).first()
        # Asked for none as well: not theirs and not there take as many queries.
        is_seen = may_see_request(self.actor(request), found)
        if found is None or not is_seen:
            raise Http404
        return found

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

    def open_case(self, case: ApprovalRequest, request: HttpRequest, now: datetime) -> dict[str, Any]:
        reason, notes, follow_up = services.show_request_to_staff(case, viewer=self.actor(request), now=now)
        subject = selectors.get_user(case.subject)
        return {
            "reason": quote(reason) if reason else "",
            "window": render_duration(case.window),
            "subject_name": getattr(subject, "username", _("the account is gone")),
            "decisions": presenters.decision_rows(case, notes),
            "follow_up_texts": follow_up,
        }

    def progress_of(self, case: ApprovalRequest, request: HttpRequest) -> dict[str, Any]:
        user, now = self.actor(request), timezone.now()
        grant = presenters.grant_of(case)
        asker, subject = selectors.get_user(case.asker), selectors.get_user(case.subject)
        (row,) = presenters.request_rows([case], now)
        review = presenters.review_of(grant)
        waits_for_review = grant is not None and review is None and not row["live"] and selectors.needs_review(grant)
        is_unsettled = review is not None and review["follow_up"] is not None and not review["follow_up"].settled_at
        has_stepped_up = recently_reauthenticated(request, now, Purpose.READ)
        return {
            **row,
            "items": list(case.items.all()),
            "readable": {item.pk for item in selectors.list_granted_items(grant)} if grant else set(),
            "earlier": sheets.earlier_sheet(case, selectors.list_earlier_answers(case), user, now)
            if case.rule.approvers
            else None,
            "counted": selectors.count_approvals(case) if case.rule.approvers and row["waits"] else None,
            "accesses": presenters.staff_accesses(case),
            "review": review,
            "waits_for_review": waits_for_review,
            "may_review": waits_for_review and allows(may_review, user, case),
            "may_settle": is_unsettled and allows(may_settle, user, grant),
            "is_asker": user.reference == case.asker,
            "may_decide": row["waits"] and allows(may_decide, user, case, asker, subject, now),
            "step_up_to_read": "" if has_stepped_up else step_up_url(self.case_address(case), Purpose.READ),
            "may_revoke": grant is not None and allows(may_revoke, user, grant),
        }

    def item(self, request: HttpRequest, reference: str, item_id: UUID) -> HttpResponseBase:
        """Show one item to its reader, once, by a posted button; when access ends the page comes back by GET."""
        user, now = self.actor(request), timezone.now()
        context: dict[str, Any] = {
            "title": _("One item"),
            "reference": reference,
            "back_url": reverse("admin:humanaccess_approval", args=[reference]),
        }
        if request.method != "POST":
            own = selectors.get_own_grant(user, reference)
            if own is None or own.is_live(now):
                return redirect(self.kind.url, reference)
            return self.page(request, _ITEM_PAGE, context | {"refusal": _("This access has ended.")})
        grant = presenters.grant_of(self.get_case(request, reference))
        if grant is None:
            raise Http404
        if answer := step_up_answer(request, now, Purpose.READ):
            return answer
        try:
            access = services.read_item(
                grant.pk,
                item_id=item_id,
                reader=user,
                mfa=used_second_factor(request),
                stepped_up=recently_reauthenticated(request, now, Purpose.READ),
                now=now,
            )
        except AccessError as error:
            return self.page(request, _ITEM_PAGE, context | {"refusal": error.sentence}, error.status)
        mark = f"{user.username}, {show_time(now)}"
        context |= {"viewer_url": settings.PLATFORM_VIEWER_URL, "seconds": CODE_SECONDS}
        context |= {"access": access, "watermark": mark, "watermark_tiles": f"{mark}   " * _TILES}
        page = self.page(request, _ITEM_PAGE, context)
        # For a browser without JavaScript, which does not poll.
        page["Refresh"] = f"{ceil((grant.ends_at - now).total_seconds()) + 1}; url={request.path}"
        return page

    def live(self, request: HttpRequest, reference: str) -> HttpResponseBase:
        """Answer the polling page of an item: nothing while its reader may look, else what takes the item's place.

        Somebody who was signed out or lost every role is led away, and the item with it. No restricted row is read.
        """
        allowed = self.admin_site.has_permission(request) and self.may_read(request)
        if answer := page_instead(request, reverse(self.kind.url, args=[reference]), allowed=allowed):
            return answer
        own = selectors.get_own_grant(self.actor(request), reference)
        if own is not None and own.is_live(timezone.now()):
            return HttpResponse(status=HTTPStatus.NO_CONTENT)
        return TemplateResponse(request, "humanaccess/_refusal.html", {"refusal": _("This access has ended.")})


def register(site: admin.AdminSite) -> None:
    """Register the queues, and anonymous figures."""
    site.register(ApprovalRequest, ApprovalRequestAdmin)
    site.register(LegalProcess, LegalProcessAdmin)
    site.register(Aggregate, AggregateAdmin)
