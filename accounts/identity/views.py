"""The settings pages of the account itself: overview, profile, security, receipts of log entries."""

from http import HTTPStatus
from uuid import UUID

from django.conf import settings
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _, ngettext, override
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from audit.errors import NotInLogError, NotSignedYetError
from audit.tree import prover
from audit.tree.proof_download import RETRY_AFTER, download
from core import db
from core.file_response import linked_from

from .errors import IdentityError
from .forms import ProfileForm, WorkMailsForm
from .home import cards, news
from .models import StaffMail
from .policies import roles_of, signed_in
from .selectors import get_sign_in_methods, list_sessions
from .services import change_profile, choose_work_mails, end_sessions, list_user_tokens
from .step_up.recent_step_up import referring_page, sign_in_required
from .waiting import lists_for


@login_required
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """Show what waits for the person, what is new, and the other cards that each app registers."""
    found = cards(request)
    context = {
        "waiting": [card for card in found if card.awaits_answer],
        "news": news(request),
        "others": [card for card in found if not card.awaits_answer],
    }
    return render(request, "identity/overview.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def profile(request: HttpRequest) -> HttpResponse:
    """Show and change user name, language and time zone."""
    user = signed_in(request)
    if request.method != "POST":
        initial = {"username": user.username, "language": user.language, "time_zone": user.time_zone}
        return render(request, "identity/profile.html", {"form": ProfileForm(initial=initial, current=user)})
    form = ProfileForm(request.POST, current=user)
    if form.is_valid():
        try:
            change_profile(user, **form.cleaned_data, now=timezone.now())
        except IdentityError as error:
            form.add_error(error.field, error.sentence)
        else:
            language = form.cleaned_data["language"]
            with override(language):
                messages.success(request, _("Your profile is saved."))
            response = HttpResponseRedirect(reverse("identity:profile"))
            response.set_cookie(
                settings.LANGUAGE_COOKIE_NAME, language, secure=request.is_secure(), httponly=True, samesite="Lax"
            )
            return response
    return render(request, "identity/profile.html", {"form": form}, status=HTTPStatus.UNPROCESSABLE_ENTITY)


@login_required
@require_safe
def security(request: HttpRequest) -> HttpResponse:
    """Show how the person may sign in, their tokens that work, and their open sessions."""
    user = signed_in(request)
    now = timezone.now()
    rows = list_sessions(user, request.session.session_key, now)
    with db.row_security_for(user.reference):
        tokens = list(list_user_tokens(user, now)[0])
    context = {"methods": get_sign_in_methods(user), "sessions": rows, "tokens": tokens}
    return render(request, "identity/security.html", context)


@login_required
@require_POST
def end_session(request: HttpRequest, session_id: int) -> HttpResponse:
    """End one of the person's own sessions."""
    user = signed_in(request)
    rows = list_sessions(user, request.session.session_key, timezone.now())
    keys = [row.key for row in rows if row.id == session_id]
    if not keys:
        raise Http404
    end_sessions(user, keys=keys, reason="ended by the user", now=timezone.now())
    messages.success(request, _("That session has ended."))
    return HttpResponseRedirect(reverse("identity:security"))


@login_required
@require_POST
def end_other_sessions(request: HttpRequest) -> HttpResponse:
    """End every session but this one."""
    user = signed_in(request)
    rows = list_sessions(user, request.session.session_key, timezone.now())
    keys = [row.key for row in rows if not row.is_this_one]
    count = end_sessions(user, keys=keys, reason="ended by the user", now=timezone.now())
    messages.success(
        request,
        ngettext("%(count)d other session has ended.", "%(count)d other sessions have ended.", count)
        % {"count": count},
    )
    return HttpResponseRedirect(reverse("identity:security"))


@login_required
@require_safe
def second_factor(request: HttpRequest) -> HttpResponse:
    """Explain to a member of staff that the staff pages need a second factor, and where to set it up."""
    return render(request, "identity/second_factor.html", {"section": "security"})


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def work_mails(request: HttpRequest) -> HttpResponse:
    """Show and change which mails a member of staff gets about what waits for them; 404 for others."""
    user = signed_in(request)
    lists = lists_for(roles_of(user))
    if not lists:
        raise Http404
    with db.row_security_for(user.reference):
        row = StaffMail.objects.filter(subject=user.reference).first()
        form = WorkMailsForm(lists, row.muted if row else [], request.POST if request.method == "POST" else None)
        if request.method == "POST" and form.is_valid():
            choose_work_mails(user, muted=form.muted)
            messages.success(request, _("Saved."))
            return HttpResponseRedirect(reverse("identity:work_mails"))
    status = HTTPStatus.UNPROCESSABLE_ENTITY if form.errors else HTTPStatus.OK
    return render(request, "identity/work_mails.html", {"form": form, "section": "profile"}, status=status)


@linked_from(referring_page)
@sign_in_required
@require_safe
def receipt(request: HttpRequest, entry_id: UUID) -> HttpResponse:
    """Return the proof that an entry about the user is in the log; 404 for entries about anybody else."""
    user = signed_in(request)
    try:
        with db.row_security_for(user.reference):
            proof = prover.make_receipt(entry_id, subject=user.reference)
    except NotInLogError:
        raise Http404 from None
    except NotSignedYetError:
        response = render(request, "identity/receipt_soon.html", status=HTTPStatus.CONFLICT)
        response["Retry-After"] = str(RETRY_AFTER)
        return response
    return download(proof, entry_id)
