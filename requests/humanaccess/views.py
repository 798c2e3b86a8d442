"""A user's own pages: permissions asked, the page that asks, who looked."""

from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.identity.models import User
from accounts.identity.policies import signed_in
from accounts.identity.stepup import step_up_required
from audit import sides
from audit.receipt_door import public_keys

from . import selectors, services, shown
from .errors import AccessError, InvalidError
from .forms import fresh_text, open_text, read_items, sign_text
from .models import Ask
from .sum_looks import list_sum_looks

PAGE_SIZE = 25


def _own_ask(user: User, reference: str) -> Ask:
    with sides.as_subject(user.reference):
        ask = selectors.list_asks_of_subject(user.reference).filter(reference=reference).first()
    if ask is None:
        raise Http404
    return ask


@login_required
@require_safe
def permissions(request: HttpRequest) -> HttpResponse:
    """List what was asked of the user: waiting first, then answered."""
    user, now = signed_in(request), timezone.now()
    with sides.as_subject(user.reference):
        page = Paginator(selectors.list_asks_of_subject(user.reference), PAGE_SIZE).get_page(request.GET.get("page"))
        rows = shown.ask_rows(page.object_list, now)
    waiting = [row for row in rows if row["waits"]]
    context = {
        "waiting": waiting,
        "answered": [row for row in rows if not row["waits"]],
        "page_obj": page,
        "permissions_open": len(waiting),
    }
    return render(request, "humanaccess/permissions.html", context)


@login_required
@step_up_required
@require_http_methods(["GET", "HEAD", "POST"])
def permission(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one ask with its items and take the answer; only a posted, ticked form is one."""
    user, now = signed_in(request), timezone.now()
    ask = _own_ask(user, reference)
    refusal, status = "", 200
    if request.method == "POST":
        try:
            _answer(request, ask, user)
        except AccessError as error:
            refusal, status = error.sentence, error.status
            ask = _own_ask(user, reference)
        else:
            return redirect("settings_permission", reference)
    if ask.is_waiting(now):
        return _ask_page(request, ask, user, refusal=refusal, status=status)
    with sides.as_subject(user.reference):
        (row,) = shown.ask_rows([ask], now)
        context = {**row, "items": list(ask.items.all()), "refusal": refusal}
    return render(request, "humanaccess/permission_answered.html", context, status=status)


def _ask_page(request: HttpRequest, ask: Ask, user: User, *, refusal: str, status: int) -> HttpResponse:
    now = timezone.now()
    reason, items = services.show_ask_to_owner(ask, owner=user, now=now)
    asker = selectors.get_user(ask.asker)
    with sides.as_subject(user.reference):
        text = fresh_text(shown.text_of(ask, reason, asker), get_language() or "en", now)
    context = {
        "ask": ask,
        "text": text.text,
        "version": text.version,
        "items": items,
        "token": sign_text(ask, user, text),
        "refusal": refusal,
    }
    return render(request, "humanaccess/permission.html", context, status=status)


def _answer(request: HttpRequest, ask: Ask, user: User) -> None:
    now = timezone.now()
    answer = request.POST.get("answer")
    if answer not in {"agree", "refuse"}:
        raise InvalidError(_("Choose: agree to what you ticked, or refuse everything."), field="answer", rule="choice")
    text = open_text(request.POST.get("text", ""), ask, user)
    if answer == "refuse":
        services.refuse_ask(ask, user=user, shown=text, now=now)
        messages.success(request, _("You refused. Nobody looks at these items on this ground."))
        return
    items = read_items(request.POST.getlist("items"))
    services.agree_to_ask(ask, user=user, items=items, shown=text, now=now)
    messages.success(request, _("You agreed to what you ticked. You may end this here at any time."))


@login_required
@require_POST
def end_permission(request: HttpRequest, reference: str) -> HttpResponse:
    """End a permission at once."""
    user, now = signed_in(request), timezone.now()
    ask = _own_ask(user, reference)
    grant = shown.grant_of(ask)
    if grant is None:
        raise Http404
    try:
        services.revoke_grant(grant, actor=user, now=now)
    except AccessError as error:
        with sides.as_subject(user.reference):
            (row,) = shown.ask_rows([ask], now)
            context = {**row, "items": list(ask.items.all()), "refusal": error.sentence}
        return render(request, "humanaccess/permission_answered.html", context, status=error.status)
    messages.success(request, _("Ended. The next look is refused."))
    return redirect("settings_permission", reference)


@login_required
@require_safe
def looked(request: HttpRequest) -> HttpResponse:
    """List every look at the user's data, from the log itself."""
    user, now = signed_in(request), timezone.now()
    query = request.GET.get("q", "").strip()[:100]
    with sides.as_subject(user.reference):
        page = Paginator(selectors.list_looks(user.reference, query), PAGE_SIZE).get_page(request.GET.get("page"))
        lines = list(page.object_list)
        asks = selectors.list_asks_of_lines(user.reference, lines)
        failed = selectors.list_failed(user.reference, lines)
    reasons = dict(services.open_looked(asks, owner=user, now=now)) if asks else {}
    with sides.as_subject(user.reference):
        looks = shown.shown_looks(lines, asks, reasons, failed, now)
        sums = list_sum_looks(user.reference)
    context: dict[str, Any] = {
        "looks": looks,
        "sums": sums,
        "page_obj": page,
        "query": query,
        "log_keys": public_keys(),
    }
    return render(request, "humanaccess/looked.html", context)
