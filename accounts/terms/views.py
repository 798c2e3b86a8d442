"""The public pages of the policy, and the public list of processors."""

from datetime import date

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils import timezone
from django.utils.translation import get_language, override
from django.views.decorators.http import require_safe

from .models import PolicyVersion, Processor
from .presenters import version_context

#: a version has a text in each
LANGUAGES = ("en", "ar")


@require_safe
def policy(request: HttpRequest) -> HttpResponse:
    """Show the version that is in force, in the reader's language, or that there is none yet."""
    version = PolicyVersion.objects.in_force(timezone.localdate()) or PolicyVersion.objects.published().last()
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
        "in_force": PolicyVersion.objects.in_force(timezone.localdate()),
        "wanted": language,
    }
    return render(request, "terms/policy.html", context)


@require_safe
def processors(request: HttpRequest) -> HttpResponse:
    """List who processes personal data for us now, to whoever wants to know."""
    return render(request, "terms/processors.html", {"processors": Processor.objects.in_use()})
