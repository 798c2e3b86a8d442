"""What every request passes: its side of the database, its id, and the privacy of its answer."""

import re
from collections.abc import Callable
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers

from accounts.identity.stepup import safe_next, step_up_answer, step_up_url
from audit import sides
from audit.context import request_id

from .problems import is_api

Handler = Callable[[HttpRequest], HttpResponse]
#: public files of the log, which caches on the way may keep for everybody, and our health: neither asks for a session
_PUBLIC = ("/log/", "/livez", "/readyz")
_SIDES = (("/staff/", "staff"), ("/api/v1/ingest/", "ingest"), ("/api/v1/audit/", "auditor"))
#: sides of machines, which show a token: a person's session is nothing to them, and they may not read it
_MACHINES = {"ingest", "auditor"}
#: as proxies make them; any other text that a client chose would stand in the log for ever
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
_UNSTORABLE = re.compile("[\\0\ud800-\udfff]")


class SideMiddleware:
    """Choose the database role by the first part of the path."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(_PUBLIC):
            request.COOKIES.clear()
            response = self.get_response(request)
            del response["Vary"]
            return response
        for prefix, side in _SIDES:
            if request.path_info.startswith(prefix):
                if side == "auditor" and "Authorization" not in request.headers:
                    # The log's API serves people too: without a token it is a page of the staff's.
                    side = "staff"  # noqa: PLW2901
                if side in _MACHINES:
                    request.COOKIES.clear()
                with sides.acting(side):
                    return self.get_response(request)
        return self.get_response(request)


class PlainTextMiddleware:
    """Answer 400 where path, query or form hold a character that the database cannot keep as text: NUL, or half of a
    surrogate pair. No filter, form or view behind it meets one."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _refuse_unstorable(request.path_info)
        _refuse_unstorable(request.GET)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> None:
        """Read the form after CSRF protection has; the API's bodies are read by its own parsers."""
        if not is_api(request):
            _refuse_unstorable(request.POST)


def _refuse_unstorable(given: str | QueryDict) -> None:
    texts = [given] if isinstance(given, str) else [text for name, found in given.lists() for text in (name, *found)]
    if any(_UNSTORABLE.search(text) for text in texts):
        raise BadRequest("A character that is no text.")


class RequestIdMiddleware:
    """Give the request an id that stands in its log entries and in its answer."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        token = request_id.set(given if _REQUEST_ID.fullmatch(given) else uuid4().hex)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            return response
        finally:
            request_id.reset(token)


class PersonalMiddleware:
    """Speak the signed-in person's language and tell the time of their place."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return self.get_response(request)
        # A language chosen in this browser, by the switch above each page, goes before the profile's.
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(user.zone):
            return self.get_response(request)


#: allauth's pages that change how one gets in: its own re-authentication lets people without password and
#: second factor pass. Those marked True are guarded when they are looked at, too.
_WEIGHTY = {
    "account_change_password": True,
    "account_email": False,
    "account_set_password": True,
    "github_login": False,
    "google_login": False,
    "mfa_activate_totp": True,
    "mfa_add_webauthn": True,
    "mfa_deactivate_totp": True,
    "mfa_download_recovery_codes": True,
    "mfa_edit_webauthn": True,
    "mfa_generate_recovery_codes": True,
    "mfa_remove_webauthn": True,
    "mfa_view_recovery_codes": True,
    "socialaccount_connections": False,
}
_OTHER_STEP_UPS = {"account_reauthenticate", "mfa_reauthenticate"}


class StepUpMiddleware:
    """Ask for a step-up before allauth's weighty pages, and send its own pages for that to ours."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        """Answer instead of the view where a step-up is missing."""
        name = request.resolver_match.url_name if request.resolver_match else None
        if not request.user.is_authenticated or name is None:
            return None
        if name in _OTHER_STEP_UPS:
            return HttpResponseRedirect(step_up_url(safe_next(request, "/settings/")))
        guarded = name in _WEIGHTY and (_WEIGHTY[name] or request.method == "POST")
        return step_up_answer(request, timezone.now()) if guarded else None


class PrivatePagesMiddleware:
    """Forbid caches to keep what a signed-in person sees."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            add_never_cache_headers(response)
            response["Cache-Control"] = "no-store, private"
        return response
