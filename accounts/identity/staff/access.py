"""Who may enter the staff console, and where everybody else is redirected."""

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponseRedirect
from django.urls import reverse
from django.utils.http import urlencode

from accounts.identity.policies import roles_of, signed_in
from accounts.identity.roles import Role
from accounts.identity.step_up.recent_step_up import (
    has_second_factor,
    page_for,
    safe_next,
    step_up_url,
    used_second_factor,
)

_CACHED = "_office_staff_roles"


def staff_roles(request: HttpRequest) -> frozenset[Role]:
    """Return the roles that count for this request: none without a second factor used in this session.

    Cached on the request, not longer: a role taken away, a suspension or a removed factor counts at the next one.
    """
    found: frozenset[Role] | None = getattr(request, _CACHED, None)
    if found is None:
        entitled = request.user.is_authenticated and request.user.is_staff and used_second_factor(request)
        found = roles_of(signed_in(request)) if entitled else frozenset()
        setattr(request, _CACHED, found)
    return found


def may_enter(request: HttpRequest) -> bool:
    """Return whether this request may see any staff page at all."""
    return bool(staff_roles(request))


def sign_in_redirect(request: HttpRequest, home: str) -> HttpResponseRedirect:
    """Redirect to the sign-in, second factor or step-up that is missing; raises PermissionDenied without a role.

    Signing in happens on allauth's page alone, so its rate limits hold here too.
    """
    target = page_for(request, safe_next(request, home))
    if not request.user.is_authenticated:
        return HttpResponseRedirect(f"{reverse('account_login')}?{urlencode({'next': target})}")
    user = signed_in(request)
    if not roles_of(user):
        raise PermissionDenied
    if not has_second_factor(user):
        return HttpResponseRedirect(reverse("identity:second_factor"))
    if not used_second_factor(request):
        return HttpResponseRedirect(step_up_url(target))
    return HttpResponseRedirect(target)
