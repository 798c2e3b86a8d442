"""Who may enter the staff pages, and where everybody else is led. There is no other way in."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from .policies import roles_of, signed_in
from .roles import Role
from .stepup import has_second_factor, safe_next, step_up_url, used_second_factor

_NOTE = "_office_staff_roles"


def staff_roles(request: HttpRequest) -> frozenset[Role]:
    """Return the roles that count for this request: none without a second factor used in this session.

    Asked once a request, so that a page's many questions cost two queries, and anew for each request, so that
    a role taken away, a suspension or a removed factor counts at the next one.
    """
    found: frozenset[Role] | None = getattr(request, _NOTE, None)
    if found is None:
        entitled = request.user.is_authenticated and request.user.is_staff and used_second_factor(request)
        found = roles_of(signed_in(request)) if entitled else frozenset()
        setattr(request, _NOTE, found)
    return found


def may_enter(request: HttpRequest) -> bool:
    """Return whether this request may see any staff page at all."""
    return bool(staff_roles(request))


def lead_in(request: HttpRequest, home: str) -> HttpResponseRedirect:
    """Lead a visitor of the staff door to what they still need; raises PermissionDenied for people without a role.

    Signing in happens on allauth's page alone, so its rate limits hold here too.
    """
    target = safe_next(request, home)
    if not request.user.is_authenticated:
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': target})}")
    user = signed_in(request)
    if not roles_of(user):
        raise PermissionDenied
    if not has_second_factor(user):
        return HttpResponseRedirect(reverse("settings_second_factor"))
    if not used_second_factor(request):
        return HttpResponseRedirect(step_up_url(target))
    return HttpResponseRedirect(target)
