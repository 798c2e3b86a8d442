"""A user files a request: the form of its kind, what was answered to be checked, and a confirmation to keep."""

from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.views.decorators.http import require_http_methods, require_safe

from accounts.identity.models import User
from accounts.identity.policies import signed_in
from accounts.identity.step_up.recent_step_up import recently_reauthenticated, step_up_required
from accounts.personaldata.categories import data_categories
from cases.errors import CaseError
from core import db
from core.refusals import INVALID

from . import presenters, services
from .external_stores import stores
from .filing_forms import FORMS, answers_of
from .fulfilment.plan import how_erased
from .models import RightsRequest
from .offers import OFFERS
from .policies import check_may_file, is_granted_at_once
from .selectors import get_own_request, list_own_requests
from .states import Kind


@login_required
@step_up_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_request(request: HttpRequest, kind: str) -> HttpResponse:
    """Show the form, then what was answered; file the request once that was confirmed.

    The button that posts says which, by `step`: check (as without one), choose (show other fields), change, file.
    """
    user, now = signed_in(request), timezone.now()
    if kind not in tuple(Kind):
        raise Http404
    wanted, posted = Kind(kind), request.method == "POST"
    step = request.POST.get("step", "check") if posted else ""
    context: dict[str, Any] = {"offer": OFFERS[wanted], "privacy_contact": settings.PRIVACY_CONTACT}
    try:
        with db.row_security_for(user.reference):
            check_may_file(user, wanted)
    except CaseError as refusal:
        context["refusal"] = refusal
        return render(request, "rights/new_request.html", context, status=refusal.status if posted else 200)
    if step == "choose":  # nothing is checked yet: what was typed is kept as it is
        kept = {**request.POST.dict(), "records": request.POST.getlist("records")}
        form = FORMS[wanted](initial=kept, user=user)
    else:
        form = FORMS[wanted](request.POST if posted else None, request.FILES if posted else None, user=user)
    form.prepare(now)
    status = INVALID if posted and step not in {"change", "choose"} else 200
    if step in {"check", "file"} and {*form.errors} <= {*form.at_check}:
        asked = {"kind": wanted, "now": now, "details": form.details(), **form.regime()}
        draft = services.draft_request(user, **asked)
        context |= {"checked": form.answers(draft), "deadline": presenters.deadline_of(draft, now)}
        context["is_at_once"] = is_granted_at_once(wanted, draft.details)
        status = INVALID if form.errors else 200
        if step == "file" and form.is_valid():
            try:
                filed = form.file(identified=recently_reauthenticated(request, now), **asked)
            except CaseError as refusal:
                form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
                status, context["checked"] = refusal.status, None
            else:
                return redirect("rights:confirmation", filed.reference)
    if wanted == Kind.DELETION and not context.get("checked"):
        context |= _preview(user, now)
    return render(request, "rights/new_request.html", {**context, "form": form}, status=status)


def _preview(user: User, now: datetime) -> dict[str, Any]:
    """Return what a deletion takes away, and what stays of it and why."""
    with db.row_security_for(user.reference):
        goes = [(category, category.count(user.reference)) for category in data_categories()]
        own = [row for row in list_own_requests(user.reference) if row.kind != Kind.DELETION]
    return {
        "goes": goes,
        "stays": [(category, rest) for category, _count in goes for rest in category.stays],
        "stores": [(store, how_erased(store)) for store in stores() if store.holds_on(user.reference)],
        "open_requests": [row for row in own if row.is_open],
        "to_download": [row for row in own if hasattr(row, "package") and row.package.is_offered(now)],
        "grace_ends_at": now + timedelta(days=settings.RIGHTS_GRACE_DAYS),
    }


@login_required
@require_safe
def confirmation(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what was asked and by when it is answered, on a page to print and keep."""
    user, now = signed_in(request), timezone.now()
    with db.row_security_for(user.reference):
        try:
            row = get_own_request(user.reference, reference)
        except RightsRequest.DoesNotExist:
            raise Http404 from None
        answers = answers_of(row)
    context: dict[str, Any] = {
        "row": row,
        "offer": OFFERS[Kind(row.kind)],
        "answers": answers,
        "deadline": presenters.deadline_of(row, now),
    }
    if row.kind == Kind.CORRECTION:
        context["corrections"] = services.show_corrections(user, reference, now=now)
    return render(request, "rights/confirmation.html", context)
