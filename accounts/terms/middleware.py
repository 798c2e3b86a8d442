"""The first request under a version of the policy is its acceptance; a version that must be accepted comes first."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect
from django.utils import timezone

from accounts.identity.models import User
from accounts.identity.policies import signed_in

from . import services

#: keys of the session: the last day that was looked at, and whether a version must be accepted first
_DAY, OWED = "terms_day", "terms_owed"
#: pages that wait for an acceptance: what a person may always do (rights, letters, ending access) does not
_WAITING = {"identity:overview", "identity:profile", "identity:new_token", "connections:request_google"}


def note_request(request: HttpRequest, user: User) -> None:
    """Record once a day, of UTC, and session, which version of the policy the person goes on under."""
    now = timezone.now()
    today = now.date().isoformat()
    if request.session.get(_DAY) != today or request.session.get(OWED):
        request.session[_DAY], request.session[OWED] = today, services.continue_use(user, now=now) is not None


class ContinuedUseMiddleware:
    """Looks at each request of a person's own pages."""

    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Lead to the policy whoever must accept it before anything new."""
        if not request.user.is_authenticated or not request.path_info.startswith("/settings/"):
            return None
        note_request(request, signed_in(request))
        waits = request.resolver_match is not None and request.resolver_match.view_name in _WAITING
        return redirect("own_policy:policy") if waits and request.session.get(OWED) else None
