"""Middleware for every request: its database role, its id, its language, step-up and cache headers."""

import re
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any
from urllib.parse import urlsplit
from uuid import uuid4

from allauth.mfa.recovery_codes.views import download_recovery_codes
from django.conf import settings
from django.core.exceptions import BadRequest
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, QueryDict
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers

from accounts.identity.session_store import note_use
from accounts.identity.step_up.recent_step_up import return_url, safe_next, step_up_answer, step_up_url
from core import db
from core.file_response import linked_from
from core.request_id import request_id

from .problems import is_api

Handler = Callable[[HttpRequest], HttpResponse]
#: public files of the log, which shared caches may keep, and our health: neither uses a session
_PUBLIC = ("/log/", "/livez", "/readyz")
_ROLES = (
    ("/staff/", "staff"),
    ("/api/v1/ingest/", "ingest"),
    ("/api/v1/platform/", "ingest"),
    ("/api/v1/audit/", "auditor"),
    ("/api/v1/staff/", "staff"),
    ("/webhooks/google/", "ingest"),
)
#: database roles of machines, which send a token or sign what they send; they may not read the table of sessions
_MACHINES = {"ingest", "auditor"}
#: as proxies make them; any other text of a client would stay in the log for ever
_REQUEST_ID = re.compile(r"[0-9a-f]{8}(-?[0-9a-f]{4}){3}-?[0-9a-f]{12}", re.IGNORECASE)
_UNSTORABLE = re.compile("[\\0\ud800-\udfff]")
_ENDLESS = re.compile(r"[0-9]{4300}")


class _Middleware:
    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self.get_response(request)


class DatabaseRoleMiddleware(_Middleware):
    """Select the database role by the first part of the path."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if request.path_info.startswith(_PUBLIC):
            request.COOKIES.clear()
            response = self.get_response(request)
            del response["Vary"]
            return response
        role = next((role for prefix, role in _ROLES if request.path_info.startswith(prefix)), None)
        if role == "auditor" and "Authorization" not in request.headers:
            role = "staff"  # people use the log's API with their session
        if role in _MACHINES:
            request.COOKIES.clear()
        with db.use_role(role) if role else nullcontext():
            return self.get_response(request)


class PlainTextMiddleware(_Middleware):
    """Answer 400 where path, query or form contain what cannot be stored or read: NUL, half of a surrogate pair, or a
    number so long that a form's JSON field would raise."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        _refuse_unstorable(request.path_info)
        _refuse_unstorable(request.GET)
        return self.get_response(request)

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> None:
        """Check the form once the CSRF middleware has read it; the API's own parsers check its bodies."""
        if is_api(request):
            return
        _refuse_unstorable(request.POST)
        # A form's JSON field raises for such a number, instead of naming the field.
        if any(_ENDLESS.search(text) for _name, found in request.POST.lists() for text in found):
            raise BadRequest("A number of more digits than can be read.")


def _refuse_unstorable(given: str | QueryDict) -> None:
    texts = [given] if isinstance(given, str) else [text for name, found in given.lists() for text in (name, *found)]
    if any(_UNSTORABLE.search(text) for text in texts):
        raise BadRequest("A character that cannot be stored as text.")


class RequestIdMiddleware(_Middleware):
    """Give the request an id for its log entries and its response."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        given = request.headers.get("X-Request-ID", "")
        token = request_id.set(given if _REQUEST_ID.fullmatch(given) else uuid4().hex)
        try:
            response = self.get_response(request)
            response["X-Request-ID"] = request_id.get()
            return response
        finally:
            request_id.reset(token)


def _lead_back_to_form(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """Let a redirect to the sign-in page come back to the page of the posted form, whose draft the browser keeps."""
    address = urlsplit(response.get("Location", ""))
    query = QueryDict(address.query, mutable=True)
    if request.method == "POST" and "Referer" in request.headers and query.get("next") == request.get_full_path():
        query["next"] = return_url(request)
        response["Location"] = address._replace(query=query.urlencode(safe="/")).geturl()
    return response


class PersonalMiddleware(_Middleware):
    """Activate the signed-in person's language and time zone, and note that their session is in use."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated:
            return _lead_back_to_form(request, self.get_response(request))
        note_use(request.session, timezone.now())
        # A language chosen in this browser, by the switch above each page, overrides the profile's.
        if settings.LANGUAGE_COOKIE_NAME not in request.COOKIES:
            translation.activate(user.language)
            request.LANGUAGE_CODE = translation.get_language()
        with timezone.override(user.zone):
            return self.get_response(request)


#: allauth's pages that change how a person signs in: its own re-authentication lets people without password and
#: second factor pass. With True a GET needs the step-up too.
_STEP_UP_PAGES = {
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
linked_from(lambda _request: reverse("mfa_view_recovery_codes"))(download_recovery_codes)
_OTHER_STEP_UPS = {"account_reauthenticate", "mfa_reauthenticate"}


class StepUpMiddleware(_Middleware):
    """Require our step-up before some of allauth's pages, and redirect its own re-authentication pages to ours."""

    def process_view(
        self, request: HttpRequest, _view: Callable[..., HttpResponse], _args: tuple[Any, ...], _kwargs: dict[str, Any]
    ) -> HttpResponseBase | None:
        name = request.resolver_match.url_name if request.resolver_match else None
        if not request.user.is_authenticated or name is None:
            return None
        if name in _OTHER_STEP_UPS:
            return HttpResponseRedirect(step_up_url(safe_next(request)))
        needed = name in _STEP_UP_PAGES and (_STEP_UP_PAGES[name] or request.method == "POST")
        return step_up_answer(request, timezone.now()) if needed else None


class PrivatePagesMiddleware(_Middleware):
    """Forbid caches to store what a signed-in person sees."""

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if request.user.is_authenticated:
            add_never_cache_headers(response)
            response["Cache-Control"] = "no-store, private"
        return response
