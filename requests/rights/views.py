"""A user's own requests among their settings."""

from hashlib import sha256
from http import HTTPStatus
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.identity.models import User
from accounts.identity.policies import signed_in
from accounts.identity.step_up.recent_step_up import step_up_required
from accounts.personaldata.categories import data_categories, recipients_of
from audit.staff.presenters import pager
from audit.staff.search_forms import read_cursor
from audit.tree.proof_download import key_options
from cases.errors import CaseError, WrongStateError
from cases.forms import AnswerForm
from cases.presenters import question_rows, timeline_of
from cases.timeline import list_timeline
from core import db
from core.polling import page_instead
from core.refusals import INVALID

from . import presenters, services
from .filing_forms import answers_of
from .kind import RIGHTS
from .models import RightsRequest
from .offers import OFFERS
from .policies import own_scope_title
from .selectors import get_own_request, list_holds_on, list_open_requests, list_steps, marks_in_force
from .states import DECIDED, AllowedAct, Kind, RequestState

PAGE_SIZE = 10
#: states in which the page polls: work goes on without the user
_POLLED = frozenset({RequestState.RECEIVED, RequestState.VERIFYING, RequestState.IN_PROGRESS, RequestState.REVIEW})


@login_required
@require_safe
def privacy(request: HttpRequest) -> HttpResponse:
    """Count what is held on the user, by data category, with the facts of GDPR article 15; list their requests."""
    user, now = signed_in(request), timezone.now()
    own = RightsRequest.objects.filter(subject=user.reference).order_by("-received_at", "-id")
    with db.row_security_for(user.reference):
        recipients = recipients_of(data_categories())
        categories = [
            {"category": found, "recipients": recipients[found.name], "count": found.count(user.reference)}
            for found in data_categories()
        ]
        page = Paginator(own, PAGE_SIZE).get_page(request.GET.get("page"))
        rows = [
            {"request": row, "tone": presenters.STATE_TONES[row.state], "meter": presenters.meter_of(row, now)}
            for row in page.object_list
        ]
        opened = {row.kind: row for row in list_open_requests(user.reference)}
        marks = presenters.mark_rows(marks_in_force().filter(subject=user.reference))
    context = {
        "held": [item for item in categories if item["count"]],
        "not_held": [item for item in categories if not item["count"]],
        "rows": rows,
        "marks": marks,
        "page_obj": page,
        "offers": [(kind, offer, opened.get(kind)) for kind, offer in OFFERS.items()],
    }
    return render(request, "rights/privacy.html", context)


@login_required
@require_safe
def request_detail(request: HttpRequest, reference: str) -> HttpResponse:
    """Show one request: its deadline, the steps as they run, the package, what happened."""
    context = _page(request, reference)
    if context["row"].kind == Kind.CORRECTION:
        context["corrections"] = services.show_corrections(signed_in(request), reference, now=timezone.now())
    return render(request, "rights/request.html", context)


@require_safe
def request_progress(request: HttpRequest, reference: str) -> HttpResponse:
    """Answer the polling page with the part that changes: nothing while it is as it was, so that the focus stays.

    In another state the whole page is loaded anew: deadline, buttons and counts change with it.
    """
    address = reverse("rights:request", args=[reference])
    if answer := page_instead(request, address, allowed=request.user.is_authenticated):
        return answer
    context = _page(request, reference)
    state = context["row"].state
    if request.GET.get("state", state) != state:
        return HttpResponse(headers={"HX-Refresh": "true"})
    if request.GET.get("seen") == context["seen"]:
        return HttpResponse(status=HTTPStatus.NO_CONTENT)
    return render(request, "rights/_progress.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def withdraw(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask for confirmation, then withdraw."""
    user, now = signed_in(request), timezone.now()
    context = own_context(user, reference)
    if request.method == "POST":
        try:
            services.withdraw_request(user, reference, now=now)
        except WrongStateError as refusal:
            context["refusal"] = refusal.sentence
            return render(request, "rights/withdraw.html", context, status=refusal.status)
        messages.success(request, _("Your request %(reference)s was withdrawn.") % {"reference": reference})
        return redirect("rights:request", reference)
    return render(request, "rights/withdraw.html", context)


@login_required
@step_up_required
@require_http_methods(["GET", "HEAD", "POST"])
def identify(request: HttpRequest, reference: str) -> HttpResponse:
    """Ask whether the user made the request that a program filed for them, then note that it was they."""
    user, now = signed_in(request), timezone.now()
    context = own_context(user, reference)
    if request.method == "POST":
        try:
            services.identify_request(user, reference, now=now)
        except WrongStateError as refusal:
            context["refusal"] = refusal.sentence
            return render(request, "rights/identify.html", context, status=refusal.status)
        messages.success(request, _("Thank you. An officer can begin."))
        return redirect("rights:request", reference)
    return render(request, "rights/identify.html", context)


@login_required
@step_up_required
@require_http_methods(["GET", "HEAD", "POST"])
def lift(request: HttpRequest, mark: UUID) -> HttpResponse:
    """Ask for confirmation, then lift a restriction or take an objection back."""
    user, now = signed_in(request), timezone.now()
    with db.row_security_for(user.reference):
        found = marks_in_force().filter(pk=mark, subject=user.reference).first()
    if found is None:
        raise Http404
    (row,) = presenters.mark_rows([found])
    if request.method == "POST":
        try:
            services.lift_mark(user, mark, now=now)
        except CaseError as refusal:
            context = {**row, "refusal": refusal.sentence}
            return render(request, "rights/lift.html", context, status=refusal.status)
        messages.success(request, _("%(title)s: your data is used as before.") % {"title": row["title"]})
        return redirect("rights:privacy")
    return render(request, "rights/lift.html", row)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def questions(request: HttpRequest, reference: str) -> HttpResponse:
    """Show what the officer asked about one's own request, with the answers given, and take the answer."""
    user, now = signed_in(request), timezone.now()
    context = own_context(user, reference)
    posted = request.method == "POST"
    form = AnswerForm(request.POST if posted else None)
    status = INVALID if posted else 200
    if posted and form.is_valid():
        question, text = form.cleaned_data["question"], form.cleaned_data["text"]
        try:
            services.answer_question(user, reference, question, text=text, now=now)
        except CaseError as refusal:
            form.add_error(refusal.field if refusal.field in form.fields else None, refusal.sentence)
            status = refusal.status
        else:
            messages.success(request, _("Your answer was sent. The work goes on."))
            return redirect("rights:request", reference)
    asked = services.show_questions(user, reference, now=now)
    context |= {
        "form": form,
        # What was typed stays, and is sent to the question that is read beside it.
        "open_question": next((each["question"].pk for each in asked if each["question"].closed_at is None), ""),
        "questions": question_rows(asked, {}, person=_("you")),
    }
    return render(request, "rights/questions.html", context, status=status)


def _page(request: HttpRequest, reference: str) -> dict[str, Any]:
    """Return the context of a request's page with its timeline; `seen` changes with what the page shows."""
    user = signed_in(request)
    context = own_context(user, reference)
    with db.row_security_for(user.reference):
        page = list_timeline(RIGHTS, reference, **read_cursor(request.GET))
    newest = page.entries[0].id if page.entries else None
    steps = [(row["step"].status, row["step"].progress) for row in context["steps"]]
    seen = sha256(repr((newest, steps)).encode()).hexdigest()[:16]
    query = request.GET.copy()
    query["state"], query["seen"] = context["row"].state, seen
    return {
        **context,
        "timeline": timeline_of(page.entries, {}, own=user.reference),
        "seen": seen,
        "poll_query": query.urlencode(),
        **pager(page),
    }


def own_context(user: User, reference: str) -> dict[str, Any]:
    """Return the context of the user's own request; somebody else's does not exist for them."""
    now = timezone.now()
    with db.row_security_for(user.reference):
        try:
            row = get_own_request(user.reference, reference)
        except RightsRequest.DoesNotExist:
            raise Http404 from None
        steps, has_questions, answers = list_steps(row), row.questions.exists(), answers_of(row)
        is_erased = row.kind == Kind.DELETION and row.is_open
        holds = list_holds_on(user.reference, now) if is_erased else []
    package = getattr(row, "package", None)
    return {
        "row": row,
        "offer": OFFERS[Kind(row.kind)],
        "answers": answers,
        "tone": presenters.STATE_TONES[row.state],
        "deadline": presenters.deadline_of(row, now),
        "steps": presenters.step_rows(steps),
        "progress": presenters.progress_of(steps),
        "package": package if package is not None and package.expires_at is not None else None,
        "package_offered": package is not None and package.is_offered(now),
        "mentions": presenters.mention_points(steps, told=True),
        "log_keys": key_options(),
        "is_polled": row.state in _POLLED,
        "has_questions": has_questions,
        "may_answer": AllowedAct.RESUME in RIGHTS.acts(row),
        "may_withdraw": AllowedAct.WITHDRAW in RIGHTS.acts(row),
        "is_unidentified": row.identified_at is None and row.is_open,
        "is_deletion": row.kind == Kind.DELETION,
        "is_decided": row.kind in DECIDED,
        "holds": [(hold, own_scope_title(hold.category)) for hold in holds],
    }
