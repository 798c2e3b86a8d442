"""A user's own requests among their settings."""

from typing import Any

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.identity.policies import signed_in
from accounts.identity.ports import holdings
from accounts.identity.stepup import is_fresh, step_up_required
from audit import sides
from audit.forms import read_cursor
from audit.shown import pager

from . import services, shown
from .errors import AlreadyOpenError, RightsError, WrongStateError
from .forms import FileRequestForm
from .models import RightsRequest
from .selectors import get_open_request, get_own_request, list_own_requests, list_steps
from .states import OFFERED, Act, Kind, State, after
from .story import list_timeline

#: the fragment stops asking once nothing moves any more without a person
_MOVING = frozenset({State.RECEIVED, State.VERIFYING, State.IN_PROGRESS, State.REVIEW})


@login_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Show what the office holds on the user, counted, with the facts of GDPR article 15, and their requests."""
    user, now = signed_in(request), timezone.now()
    with sides.as_subject(user.reference):
        held = [{"holding": holding, "count": holding.count(user.reference)} for holding in holdings()]
        rows = list_own_requests(user.reference)
    return render(
        request,
        "rights/privacy.html",
        {
            "held": held,
            "rows": [
                {"request": row, "tone": shown.STATE_TONES[row.state], "meter": shown.meter_of(row, now)}
                for row in rows
            ],
            "open_access": next((row for row in rows if row.kind == Kind.ACCESS and row.is_open), None),
        },
    )


@login_required
@step_up_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_request(request: HttpRequest, kind: str) -> HttpResponse:
    """Ask once more, on a page of its own, then file the request."""
    user, now = signed_in(request), timezone.now()
    if kind not in tuple(Kind):
        raise Http404
    posted = request.method == "POST"
    form = FileRequestForm(request.POST if posted else None)
    status, already = 200, ""
    if posted and form.is_valid():
        try:
            filed = services.receive_request(
                user, kind=Kind(kind), identified=is_fresh(request, now), now=now, **form.clock()
            )
        except AlreadyOpenError as refusal:
            form.add_error(None, refusal.sentence)
            status, already = 409, refusal.reference
        except RightsError as refusal:
            form.add_error(None, refusal.sentence)
            status = 422
        else:
            messages.success(request, _("Your request %(reference)s was filed.") % {"reference": filed.reference})
            return redirect("settings_request", filed.reference)
    elif posted:
        status = 422
    elif kind in OFFERED:
        with sides.as_subject(user.reference):
            first = get_open_request(user.reference, kind)
        already = first.reference if first else ""
    context = {
        "form": form,
        "kind": kind,
        "already": already,
        "offered": kind in OFFERED,
        "privacy_contact": settings.PRIVACY_CONTACT,
    }
    return render(request, "rights/new_request.html", context, status=status)


@login_required
@require_safe
def request_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one request: its deadline, the steps as they run, the package, what happened."""
    user = signed_in(request)
    context = _own(request, reference)
    with sides.as_subject(user.reference):
        page = list_timeline(context["row"].reference, **read_cursor(request.GET))
    context |= {"story": shown.story_of(page.lines, {}, own=user.reference), **pager(page)}
    return render(request, "rights/request.html", context)


@require_safe
def request_progress(request: HttpRequest, reference: str) -> HttpResponse:
    """Answer the polling page with the part that moves; without htmx lead to the page itself."""
    address = reverse("settings_request", args=[reference])
    if not getattr(request, "htmx", False):
        return redirect(address)
    if not request.user.is_authenticated:
        # Signed out meanwhile: a redirect would put the sign-in page into the middle of this one.
        return HttpResponse(headers={"HX-Redirect": address})
    return render(request, "rights/_moving.html", _own(request, reference))


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask on a page of its own, then withdraw."""
    user, now = signed_in(request), timezone.now()
    context = _own(request, reference)
    if request.method == "POST":
        try:
            services.withdraw_request(user, reference, now=now)
        except WrongStateError as refusal:
            context["refusal"] = refusal.sentence
            return render(request, "rights/withdraw.html", context, status=409)
        messages.success(request, _("Your request %(reference)s was withdrawn.") % {"reference": reference})
        return redirect("settings_request", reference)
    return render(request, "rights/withdraw.html", context)


def _own(request: HttpRequest, reference: str) -> dict[str, Any]:
    """Return the context of the user's own request; somebody else's does not exist for them."""
    user, now = signed_in(request), timezone.now()
    with sides.as_subject(user.reference):
        try:
            row = get_own_request(user.reference, reference)
        except RightsRequest.DoesNotExist:
            raise Http404 from None
        steps = list_steps(row)
    package = getattr(row, "package", None)
    return {
        "row": row,
        "tone": shown.STATE_TONES[row.state],
        "deadline": shown.deadline_of(row, now),
        "steps": shown.step_rows(steps),
        "progress": shown.progress_of(steps),
        "package": package if package is not None and package.expires_at is not None else None,
        "package_offered": package is not None and package.is_offered(now),
        "moving": row.state in _MOVING,
        "may_withdraw": after(row.state, Act.WITHDRAW) is not None,
    }
