"""The public pages of the policy, a person's own about it, and the public list of processors."""

from datetime import date
from uuid import UUID

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language, gettext as _, override
from django.views.decorators.http import require_POST, require_safe

from accounts.identity.policies import signed_in
from accounts.identity.step_up.recent_step_up import referring_page
from core import db

from . import services
from .errors import PolicyError
from .middleware import OWED
from .models import PolicyVersion, Processor
from .presenters import version_context
from .selectors import list_own_versions

#: a version has a text in each
LANGUAGES = ("en", "ar")


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Show the version that is in force, in the reader's language, or that there is none yet."""
    version = PolicyVersion.objects.in_force(timezone.now().date()) or PolicyVersion.objects.published().last()
    if version is None:
        return render(request, "terms/policy.html", {"version": None})
    return _page(request, version, get_language() or "en")


@require_safe
def policy_version(request: HttpRequest, day: str, language: str) -> HttpResponse:
    """Show the version that takes effect on a day, in English or Arabic, beside what was new."""
    try:
        effective_on = date.fromisoformat(day)
    except ValueError:
        raise Http404 from None
    if language not in LANGUAGES:
        raise Http404
    version = get_object_or_404(PolicyVersion.objects.published(), effective_on=effective_on)
    if language == get_language():
        return _page(request, version, language)
    with override(language):
        return _page(request, version, language)


def _page(request: HttpRequest, version: PolicyVersion, language: str) -> HttpResponse:
    context = {
        **version_context(version, language),
        "version": version,
        "versions": PolicyVersion.objects.published().only("effective_on", "summary_en", "summary_ar"),
        "in_force": PolicyVersion.objects.in_force(timezone.now().date()),
        "wanted": language,
    }
    return render(request, "terms/policy.html", context)


@require_safe
def processors(request: HttpRequest) -> HttpResponse:
    """List who processes personal data for us, now or soon, to whoever wants to know."""
    context = {"processors": Processor.objects.in_use(), "today": timezone.now().date()}
    return render(request, "terms/processors.html", context)


@login_required
@require_safe
def own_policy(request: HttpRequest) -> HttpResponse:
    """Show a person which versions of the policy they accepted, how, and which one waits for them."""
    reference, now = signed_in(request).reference, timezone.now()
    with db.row_security_for(reference):
        versions = list_own_versions(reference, now)
    context = {
        "rows": versions,
        "in_force": PolicyVersion.objects.in_force(now.date()),
        "language": get_language(),
        "section": "policy",
    }
    return render(request, "terms/own_policy.html", context)


@login_required
@require_POST
def accept(request: HttpRequest, version: UUID) -> HttpResponse:
    """Accept a version of the policy; 404 for a draft."""
    try:
        services.accept_version(version, user=signed_in(request), now=timezone.now())
    except PolicyVersion.DoesNotExist:
        raise Http404 from None
    except PolicyError as error:
        messages.error(request, error.sentence)
    else:
        request.session.pop(OWED, None)
        messages.success(request, _("Your acceptance is recorded."))
    return redirect("own_policy:policy")


@login_required
@require_POST
def seen(request: HttpRequest, version: UUID) -> HttpResponse:
    """Close the band that says that a version is in force."""
    if not services.close_band(version, user=signed_in(request), now=timezone.now()):
        raise Http404
    return redirect(referring_page(request))
