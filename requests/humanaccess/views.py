"""A user's own pages: approval requests, one of them with its answer, the access history."""

from collections.abc import Sequence
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.identity.models import User
from accounts.identity.policies import signed_in
from accounts.identity.step_up.recent_step_up import step_up_required
from audit.search.filters import CASE
from audit.tree.proof_download import public_keys
from core import db

from . import presenters, selectors, services
from .errors import AccessError, InvalidError
from .forms import open_text, read_items, sign_text
from .models import ApprovalRequest
from .own_lists import open_granted_names, show_accesses, show_requests
from .texts import VERSION, ShownText, quote, render_duration

PAGE_SIZE = 25


def _own_request(user: User, reference: str) -> ApprovalRequest:
    with db.row_security_for(user.reference):
        approval_request = selectors.list_requests_of_subject(user.reference).filter(reference=reference).first()
    if approval_request is None:
        raise Http404
    return approval_request


@login_required
@require_safe
def permissions(request: HttpRequest) -> HttpResponse:
    """List the approval requests to the user: waiting first, then answered."""
    user, now = signed_in(request), timezone.now()
    with db.row_security_for(user.reference):
        page = Paginator(selectors.list_requests_of_subject(user.reference), PAGE_SIZE).get_page(
            request.GET.get("page")
        )
        found = list(page.object_list)
    rows = show_requests(user, found, now)
    context = {
        "waiting": [row for row in rows if row["waits"]],
        "answered": [row for row in rows if not row["waits"]],
        "page_obj": page,
    }
    return render(request, "humanaccess/permissions.html", context)


@login_required
@step_up_required
@require_http_methods(["GET", "HEAD", "POST"])
def permission(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one approval request with its items and take the answer; only a posted, ticked form is one."""
    user, now = signed_in(request), timezone.now()
    approval_request = _own_request(user, reference)
    refusal, status, ticked = "", 200, list[str]()
    if request.method == "POST":
        try:
            _answer(request, approval_request, user)
        except AccessError as error:
            refusal, status = error.sentence, error.status
            # What they ticked is theirs still, unless they ticked it under another text.
            ticked = [] if error.field == "text" else request.POST.getlist("items")
            approval_request = _own_request(user, reference)
        else:
            return redirect("humanaccess:permission", reference)
    if approval_request.is_waiting(now):
        return _request_page(request, approval_request, user, refusal=refusal, status=status, ticked=ticked)
    return _answered_page(request, approval_request, user, refusal=refusal, status=status)


def _answered_page(
    request: HttpRequest,
    approval_request: ApprovalRequest,
    user: User,
    *,
    refusal: str,
    status: int,
    opens: bool = True,
) -> HttpResponse:
    now = timezone.now()
    context: dict[str, Any] = {"refusal": refusal}
    if opens:
        reason, context["items"] = services.show_request_to_owner(approval_request, owner=user, now=now)
        context["reason"] = quote(reason)
    with db.row_security_for(user.reference):
        (row,) = presenters.request_rows([approval_request], now)
        context.setdefault("items", [{"item": item} for item in approval_request.items.all()])
    grant = presenters.grant_of(approval_request)
    context |= row | {
        "window": render_duration(approval_request.window),
        "ended_at": grant.end_of(now) if grant else None,
    }
    return render(request, "humanaccess/permission_answered.html", context, status=status)


def _request_page(
    request: HttpRequest,
    approval_request: ApprovalRequest,
    user: User,
    *,
    refusal: str,
    status: int,
    ticked: Sequence[str],
) -> HttpResponse:
    now = timezone.now()
    reason, items = services.show_request_to_owner(approval_request, owner=user, now=now)
    asker = selectors.get_user(approval_request.asker)
    with db.row_security_for(user.reference):
        text = ShownText(presenters.text_of(approval_request, reason, asker), VERSION, get_language() or "en", now)
    context = {
        "approval_request": approval_request,
        "asker": asker.username if asker else _("a former member of staff"),
        "window": render_duration(approval_request.window),
        "text": text.text,
        "version": text.version,
        "items": items,
        "ticked": ticked,
        "token": sign_text(approval_request, user, text),
        "refusal": refusal,
    }
    return render(request, "humanaccess/permission.html", context, status=status)


def _answer(request: HttpRequest, approval_request: ApprovalRequest, user: User) -> None:
    now = timezone.now()
    answer = request.POST.get("answer")
    if answer not in {"agree", "refuse"}:
        raise InvalidError(_("Choose: agree to what you ticked, or refuse everything."), field="answer", rule="choice")
    text = open_text(request.POST.get("text", ""), approval_request, user)
    if answer == "refuse":
        services.refuse_approval(approval_request, user=user, shown=text, now=now)
        messages.success(request, _("You refused. Nobody reads these items on this ground."))
        return
    items = read_items(request.POST.getlist("items"))
    services.agree_to_request(approval_request, user=user, items=items, shown=text, now=now)
    messages.success(request, _("You agreed to what you ticked. You may end this here at any time."))


@login_required
@require_POST
def end_permission(request: HttpRequest, reference: str) -> HttpResponse:
    """End a permission at once."""
    user, now = signed_in(request), timezone.now()
    approval_request = _own_request(user, reference)
    grant = presenters.grant_of(approval_request)
    if grant is None:
        raise Http404
    try:
        services.revoke_grant(grant, actor=user, now=now)
    except AccessError as error:
        # No step-up was asked for ending, so nothing is decrypted here.
        return _answered_page(request, approval_request, user, refusal=error.sentence, status=error.status, opens=False)
    messages.success(request, _("Ended. The next access is refused."))
    return redirect("humanaccess:permission", reference)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def access_history(request: HttpRequest) -> HttpResponse:
    """List every access to the user's data, from the log itself; a search is posted, since names are no address."""
    user, now = signed_in(request), timezone.now()
    linked = request.GET.get("q", "")  # letters and permissions link the accesses of one case
    query = request.POST.get("q", linked if CASE.fullmatch(linked) else "").strip()[:100]
    # The names that a search looks through are decrypted, whatever it finds.
    opened = open_granted_names(user, now) if query else None
    with db.row_security_for(user.reference):
        rows = selectors.list_accesses(user.reference, query, opened[1] if opened else {})
        page = Paginator(rows, PAGE_SIZE).get_page((request.POST if query else request.GET).get("page"))
        entries = list(page.object_list)
    context = {
        **show_accesses(user, entries, now, opened=opened),
        "page_obj": page,
        "query": query,
        "log_keys": public_keys(),
    }
    return render(request, "humanaccess/access_history.html", context)
