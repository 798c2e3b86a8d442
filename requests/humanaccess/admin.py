"""The desk for asks and looks: the queue, one ask, the form that asks, and the one page that shows an item."""

from typing import Any
from uuid import UUID

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect
from django.template.response import TemplateResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.identity.models import User
from accounts.identity.policies import signed_in
from accounts.identity.staff_door import staff_roles
from accounts.identity.stepup import Purpose, is_fresh, step_up_answer, step_up_url, used_second_factor
from audit.shown import case_url

from . import selectors, services, shown
from .ask_door import AskDoor
from .desk_acts import ACTS
from .errors import AccessError
from .forms import DecideForm, ReviewForm
from .models import Ask
from .policies import (
    DESK,
    allows,
    may_ask_at_all,
    may_decide,
    may_review,
    may_see_ask,
    may_see_desk,
    sees_every_ask,
)
from .texts import quote

PAGE_SIZE = 50


class AskAdmin(admin.ModelAdmin[Ask]):
    """Windows with buttons: every change is one call of a service, every look is `read_item`."""

    def has_module_permission(self, request: HttpRequest) -> bool:
        return bool(staff_roles(request) & DESK)

    def has_view_permission(self, request: HttpRequest, _obj: Any = None) -> bool:
        return self.has_module_permission(request)

    def has_add_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_change_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def has_delete_permission(self, _request: HttpRequest, _obj: Any = None) -> bool:
        return False

    def get_urls(self) -> list[URLPattern]:
        wrap = self.admin_site.admin_view
        found = [
            path("", wrap(self.queue), name="humanaccess_ask_changelist"),
            path("new/", wrap(self.new), name="humanaccess_ask_new"),
            path("<slug:reference>/", wrap(self.detail), name="humanaccess_ask"),
            path("<slug:reference>/look/<uuid:item_id>/", wrap(self.look), name="humanaccess_look"),
        ]
        found += [
            path(f"<slug:reference>/{name}/", wrap(self.act), {"name": name}, name=f"humanaccess_ask_{name}")
            for name in ACTS
        ]
        return found

    def queue(self, request: HttpRequest) -> HttpResponse:
        """List asks, newest first: all of them for who decides or checks, else one's own."""
        user, now = _reader(request), timezone.now()
        show = request.GET.get("show", "")
        asks = selectors.list_asks_for_desk(None if sees_every_ask(user) else user.reference, show, now)
        page = Paginator(asks, PAGE_SIZE).get_page(request.GET.get("page"))
        context = {
            "title": _("Looks at user data"),
            "rows": shown.ask_rows(page.object_list, now),
            "page_obj": page,
            "show": show,
            "may_ask": may_ask_at_all(user),
        }
        return self._page(request, "humanaccess/staff/queue.html", context)

    def new(self, request: HttpRequest) -> HttpResponse:
        """Find items of one person, then ask to look at those that are ticked."""
        asker = _reader(request)
        # Before the form is read: it tells whether an e-mail address has an account.
        if not may_ask_at_all(asker):
            raise PermissionDenied
        # Before it is posted: what is typed is not carried through a step-up.
        return step_up_answer(request, timezone.now(), Purpose.READ) or AskDoor(request, asker, self._page).answer()

    def detail(self, request: HttpRequest, reference: str) -> HttpResponse:
        """Show one ask; that it was opened is in the log before it is on the screen."""
        return self._detail(request, _found(request, reference))

    def _detail(
        self, request: HttpRequest, ask: Ask, refusal: str = "", status: int = 200, form: Any = None
    ) -> HttpResponse:
        user, now = _reader(request), timezone.now()
        reason, notes = services.show_ask_to_staff(ask, viewer=user, now=now)
        grant = shown.grant_of(ask)
        asker, subject = selectors.get_user(ask.asker), selectors.get_user(ask.subject)
        (row,) = shown.ask_rows([ask], now)
        needs_review = grant is not None and ask.rule.review_each and not row["live"]
        review = shown.review_of(grant)
        address = reverse("admin:humanaccess_ask", args=[ask.reference])
        refused_before = selectors.list_refused_before(ask) if ask.rule.approver else []
        decide_form = form if isinstance(form, DecideForm) else DecideForm()
        if not refused_before:
            del decide_form.fields["has_seen_refusal"]
        context = {
            **row,
            "title": ask.reference,
            "reason": quote(reason) if reason else "",
            "subject_name": getattr(subject, "username", _("the account is gone")),
            "items": list(ask.items.all()),
            "lookable": {item.pk for item in selectors.list_granted_items(grant)} if grant else set(),
            "decisions": shown.decision_rows(ask, notes),
            "refused_before": refused_before,
            "counted": selectors.count_approvals(ask) if ask.rule.approver and row["waits"] else None,
            "looks": shown.desk_looks(ask),
            "review": review,
            "may_review": needs_review and review is None and allows(may_review, user, ask),
            "decide_form": decide_form,
            "review_form": form if isinstance(form, ReviewForm) else ReviewForm(),
            "is_asker": user.reference == ask.asker,
            "may_decide": row["waits"] and allows(may_decide, user, ask, asker, subject, now),
            "step_up_to_act": "" if is_fresh(request, now) else step_up_url(address),
            "step_up_to_read": "" if is_fresh(request, now, Purpose.READ) else step_up_url(address, Purpose.READ),
            "may_revoke": shown.may_end(user, grant),
            "refusal": refusal,
            "log_url": case_url(request, ask.reference),
        }
        return self._page(request, "humanaccess/staff/ask.html", context, status)

    def act(self, request: HttpRequest, reference: str, name: str) -> HttpResponse:
        """Do one posted act; a refusal says why and changes nothing."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        user, now = _reader(request), timezone.now()
        ask, desk_act = _found(request, reference), ACTS[name]
        if desk_act.decides and (first := step_up_answer(request, now)):
            return first
        form = desk_act.form(request.POST) if desk_act.form else None
        if form is not None and not form.is_valid():
            return self._detail(request, ask, status=400, form=form)
        try:
            done = desk_act.do(ask, actor=user, now=now, **(form.cleaned_data if form else {}))
        except AccessError as error:
            return self._detail(request, _found(request, reference), error.sentence, error.status, form)
        messages.success(request, desk_act.waits if desk_act.waits and done is None else desk_act.done)
        return redirect("admin:humanaccess_ask", reference)

    def look(self, request: HttpRequest, reference: str, item_id: UUID) -> HttpResponse:
        """Show one item to its reader, once, by a posted button."""
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        user, now = _reader(request), timezone.now()
        grant = shown.grant_of(_found(request, reference))
        if grant is None:
            raise Http404
        if first := step_up_answer(request, now, Purpose.READ):
            return first
        context: dict[str, Any] = {
            "title": _("One item"),
            "reference": reference,
            "back_url": reverse("admin:humanaccess_ask", args=[reference]),
        }
        status = 200
        try:
            look = services.read_item(
                grant.pk,
                item_id=item_id,
                reader=user,
                mfa=used_second_factor(request),
                stepped_up=is_fresh(request, now, Purpose.READ),
                now=now,
            )
        except AccessError as error:
            context["refusal"], status = error.sentence, error.status
        else:
            context["look"] = look
        return self._page(request, "humanaccess/staff/look.html", context, status)

    def _page(self, request: HttpRequest, template: str, context: dict[str, Any], status: int = 200) -> HttpResponse:
        full = {**self.admin_site.each_context(request), "opts": self.opts, **context}
        return TemplateResponse(request, template, full, status=status)


def _reader(request: HttpRequest) -> User:
    user = signed_in(request)
    if not may_see_desk(user):
        raise PermissionDenied
    return user


def _found(request: HttpRequest, reference: str) -> Ask:
    ask = Ask.objects.select_related("grant").filter(reference=reference).first()
    if ask is None or not may_see_ask(_reader(request), ask):
        raise Http404
    return ask


def register(site: admin.AdminSite) -> None:
    """Put the desk on the staff site."""
    site.register(Ask, AskAdmin)
