"""Step-up: a proof, minutes old, that the owner of the account sits at the keyboard.

allauth's own re-authentication takes a person without password and second factor as always fresh; this one
asks them for a code sent by mail.
"""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from functools import wraps
from http import HTTPStatus
from typing import Any
from urllib.parse import urlsplit

from allauth.account.authentication import get_authentication_records
from allauth.mfa.models import Authenticator
from django.http import HttpRequest, HttpResponse, HttpResponseBase, HttpResponseRedirect, JsonResponse
from django.urls import reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from .models import User

FRESH_FOR = timedelta(minutes=10)
#: how long a step-up lets a member of staff look at users' data, each look checked and logged by itself
READING_FRESH_FOR = timedelta(hours=1)
_SESSION_KEY = "office_step_up"
#: a step-up that was asked for looking alone: it opens nothing else
_READING_KEY = "office_step_up_reading"
_PURPOSE_KEY = "office_step_up_purpose"
_STRONG = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class Way(StrEnum):
    """How a person may prove it."""

    AUTHENTICATOR = "authenticator"
    PASSKEY = "passkey"
    PASSWORD = "password"  # noqa: S105  a name, not a password
    MAIL = "mail"


class Purpose(StrEnum):
    """What a step-up is asked for: to act, which includes reading, or to read users' data alone."""

    ACT = "act"
    READ = "read"


def ways_for(user: User) -> list[Way]:
    """Return the ways open to a person, best first. Whoever has a second factor must use it: a mailbox or a
    password alone must not be a way around it."""
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    if Authenticator.Type.TOTP in kinds:
        return [Way.AUTHENTICATOR, Way.PASSKEY] if Authenticator.Type.WEBAUTHN in kinds else [Way.AUTHENTICATOR]
    if Authenticator.Type.WEBAUTHN in kinds:
        return [Way.PASSKEY, Way.AUTHENTICATOR] if Authenticator.Type.RECOVERY_CODES in kinds else [Way.PASSKEY]
    return [Way.PASSWORD, Way.MAIL] if user.has_usable_password() else [Way.MAIL]


def is_fresh(request: HttpRequest, now: datetime, purpose: Purpose = Purpose.ACT) -> bool:
    """Return whether this session's user stepped up recently: within ten minutes to act, within an hour to read."""
    if not request.user.is_authenticated:
        return False
    keys, limit = [_SESSION_KEY], FRESH_FOR
    if purpose is Purpose.READ:
        keys, limit = [_SESSION_KEY, _READING_KEY], READING_FRESH_FOR
    ages = [
        now - datetime.fromtimestamp(stamp["at"], UTC)
        for stamp in map(request.session.get, keys)
        if isinstance(stamp, dict) and stamp.get("user") == request.user.reference
    ]
    return any(timedelta(0) <= age < limit for age in ages)


def wanted_purpose(request: HttpRequest) -> Purpose:
    """Return what the step-up page was asked for; the page carries it along as it does the address to go on to."""
    wanted = request.POST.get("for") or request.GET.get("for")
    return Purpose.READ if wanted == Purpose.READ else Purpose.ACT


def keep_purpose(request: HttpRequest, purpose: Purpose) -> None:
    """Note in the session what the next proof is for; a passkey is shown on a page that is not ours."""
    request.session[_PURPOSE_KEY] = purpose.value


def mark_fresh(request: HttpRequest, now: datetime) -> None:
    """Note the step-up in the session, under a new session key; the old key stops working."""
    assert request.user.is_authenticated  # noqa: S101  the callers stand behind a sign-in
    reads = request.session.pop(_PURPOSE_KEY, None) == Purpose.READ
    request.session[_READING_KEY if reads else _SESSION_KEY] = {
        "user": request.user.reference,
        "at": now.timestamp(),
    }
    request.session.cycle_key()


def used_second_factor(request: HttpRequest) -> bool:
    """Return whether a second factor that still exists was used in this session: at sign-in, or stepping up."""
    if not request.user.is_authenticated:
        return False
    records = get_authentication_records(request, request.user)
    used = [record.get("id") for record in records if record.get("method") == "mfa"]
    if not used:
        return False
    still_there: bool = Authenticator.objects.filter(pk__in=used, user=request.user).exists()
    return still_there


def has_second_factor(user: User) -> bool:
    """Return whether an authenticator app or a passkey is set up."""
    found: bool = Authenticator.objects.filter(user=user, type__in=_STRONG).exists()
    return found


def safe_next(request: HttpRequest, default: str) -> str:
    """Return the address to go on to: `next` when it is on this site, else `default`."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed else default


def step_up_url(next_url: str, purpose: Purpose = Purpose.ACT) -> str:
    """Return the address of the step-up page, coming back to `next_url`."""
    query = {"next": next_url} | ({"for": purpose.value} if purpose is Purpose.READ else {})
    return f"{reverse('settings_step_up')}?{urlencode(query)}"


def way_back(request: HttpRequest) -> str:
    """Return where to come back to after a step-up: this address, or the page that a posted form stood on."""
    if request.method in {"GET", "HEAD"}:
        return request.get_full_path()
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc == request.get_host() and came_from.path:
        return came_from._replace(scheme="", netloc="", fragment="").geturl()
    return reverse("settings_overview")


def step_up_answer(
    request: HttpRequest, now: datetime, purpose: Purpose = Purpose.ACT, *, began_at: datetime | None = None
) -> HttpResponse | None:
    """Return the answer to whoever has to sign in or step up first, None where neither is needed.

    `began_at` is when a download began that this request goes on with: a step-up that was fresh then is enough.
    A program that fetches a file gets a problem document instead of a page that it would store as the file.
    """
    if not request.user.is_authenticated:
        page, status = f"{reverse('account_login')}?{urlencode({'next': request.get_full_path()})}", 401
        sentence = _("Sign in first.")
    elif is_fresh(request, now, purpose) or (began_at is not None and is_fresh(request, began_at, purpose)):
        return None
    else:
        page, status = step_up_url(way_back(request), purpose), 403
        sentence = _("Confirm on the site that it is you, then try again.")
    # Browsers ask for text/html, and for ranges of a file only to go on with a download.
    if "Range" not in request.headers and "text/html" in request.headers.get("Accept", "text/html"):
        return HttpResponseRedirect(page)
    problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": sentence}
    headers = {"WWW-Authenticate": "Cookie"} if status == HTTPStatus.UNAUTHORIZED else {}
    return JsonResponse(problem, status=status, content_type="application/problem+json", headers=headers)


def sign_in_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Lead whoever is not signed in to the sign-in, and answer a program with 401; the view asks for what more."""

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = None if request.user.is_authenticated else step_up_answer(request, timezone.now())
        return answer or view(request, *args, **kwargs)

    return guarded


def step_up_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Lead whoever did not step up within ten minutes to the step-up page first, then back.

    A posted form is not carried along: the person comes back to the page it stood on and posts again.
    """

    @wraps(view)
    def guarded(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return step_up_answer(request, timezone.now()) or view(request, *args, **kwargs)

    return guarded
