"""Step-up: the owner of the account proves again, minutes before something important, who they are.

allauth keeps a record of every proof in the session; this module decides which records count and for how long.
allauth's own check lets a person without password and second factor pass always; this one asks them for a mailed code.
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
from django.urls import Resolver404, resolve, reverse
from django.utils import timezone
from django.utils.http import url_has_allowed_host_and_scheme, urlencode
from django.utils.translation import gettext as _

from accounts.identity.models import User

RECENT_TO_ACT = timedelta(minutes=10)
#: how long a step-up lets a member of staff read users' data, each access checked and logged by itself
RECENT_TO_READ = timedelta(hours=1)
_PURPOSE_KEY = "office_step_up_purpose"
SECOND_FACTORS = (Authenticator.Type.TOTP, Authenticator.Type.WEBAUTHN)


class Method(StrEnum):
    """How a person may prove who they are."""

    AUTHENTICATOR = "authenticator"
    PASSKEY = "passkey"
    PASSWORD = "password"  # noqa: S105  a name, not a password
    MAIL = "mail"


class Purpose(StrEnum):
    """What a step-up is asked for: to act, which includes reading, or only to read users' data."""

    ACT = "act"
    READ = "read"


def methods_for(user: User) -> list[Method]:
    """Return the methods open to a person, best first.

    Whoever has a second factor must use it: else a mailbox or a password alone would be a way around it.
    """
    kinds = set(Authenticator.objects.filter(user=user).values_list("type", flat=True))
    passkey = [Method.PASSKEY] if Authenticator.Type.WEBAUTHN in kinds else []
    if Authenticator.Type.TOTP in kinds:
        return [Method.AUTHENTICATOR, *passkey]
    if passkey:
        return [*passkey, Method.AUTHENTICATOR] if Authenticator.Type.RECOVERY_CODES in kinds else passkey
    return [Method.PASSWORD, Method.MAIL] if user.has_usable_password() else [Method.MAIL]


def recently_reauthenticated(request: HttpRequest, now: datetime, purpose: Purpose = Purpose.ACT) -> bool:
    """Return whether this session's user stepped up recently: within ten minutes to act, within an hour to read."""
    if not request.user.is_authenticated:
        return False
    purposes, limit = {Purpose.ACT}, RECENT_TO_ACT
    if purpose is Purpose.READ:
        purposes, limit = {Purpose.ACT, Purpose.READ}, RECENT_TO_READ
    ages = [
        now - datetime.fromtimestamp(record["at"], UTC)
        for record in get_authentication_records(request, request.user)
        if record.get("reauthenticated") and record.get("purpose") in purposes
    ]
    return any(timedelta(0) <= age < limit for age in ages)


def wanted_purpose(request: HttpRequest) -> Purpose:
    """Return the purpose in the request to the step-up page, which passes it on as it does `next`."""
    wanted = request.POST.get("for") or request.GET.get("for")
    return Purpose.READ if wanted == Purpose.READ else Purpose.ACT


def keep_purpose(request: HttpRequest, purpose: Purpose) -> None:
    """Store in the session what the next proof is for: the page that takes a passkey is allauth's, not ours."""
    request.session[_PURPOSE_KEY] = purpose.value


def record_reauthentication(request: HttpRequest) -> None:
    """Write into allauth's newest record what it is for, and change the session key; the old key stops working.

    A record without a purpose counts for nothing.
    """
    reads = request.session.pop(_PURPOSE_KEY, None) == Purpose.READ
    get_authentication_records(request, request.user)[-1]["purpose"] = Purpose.READ if reads else Purpose.ACT
    request.session.modified = True
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
    found: bool = Authenticator.objects.filter(user=user, type__in=SECOND_FACTORS).exists()
    return found


def safe_next(request: HttpRequest, default: str = "") -> str:
    """Return the address to redirect to: `next` when it is on this site, else `default` or the settings overview."""
    wanted = request.POST.get("next") or request.GET.get("next") or ""
    allowed = url_has_allowed_host_and_scheme(wanted, {request.get_host()}, require_https=request.is_secure())
    return wanted if allowed else default or reverse("identity:overview")


def step_up_url(next_url: str, purpose: Purpose = Purpose.ACT) -> str:
    """Return the address of the step-up page, coming back to `next_url`."""
    query = {"next": next_url} | ({"for": purpose.value} if purpose is Purpose.READ else {})
    return f"{reverse('identity:step_up')}?{urlencode(query)}"


def return_url(request: HttpRequest) -> str:
    """Return where to come back to after a step-up: this address, or the page of a posted form or of a file."""
    if request.method in {"GET", "HEAD"}:
        return page_for(request, request.get_full_path())
    return referring_page(request)


def referring_page(request: HttpRequest, **_kwargs: Any) -> str:
    """Return the page of ours that this request comes from, else the settings overview."""
    came_from = urlsplit(request.headers.get("Referer", ""))
    if came_from.netloc == request.get_host() and came_from.path:
        # A path that begins with two slashes would be the address of another host.
        path = "/" + came_from.path.lstrip("/")
        return came_from._replace(scheme="", netloc="", path=path, fragment="").geturl()
    return reverse("identity:overview")


def page_for(request: HttpRequest, address: str) -> str:
    """Return the address itself, or for a file the page that links it: there office.js starts the download."""
    try:
        match = resolve(urlsplit(address).path)
    except Resolver404:
        return address
    page_of = getattr(match.func, "linked_from", None)
    if page_of is None:
        return address
    page = page_of(request, **match.kwargs)
    return f"{page}{'&' if '?' in page else '?'}{urlencode({'download': address})}"


def step_up_answer(
    request: HttpRequest, now: datetime, purpose: Purpose = Purpose.ACT, *, began_at: datetime | None = None
) -> HttpResponse | None:
    """Return the answer to whoever has to sign in or step up first, None where neither is needed.

    `began_at` is when the download began that this request continues: a step-up that was recent then is enough.
    A program that fetches a file gets a problem document instead of a page that it would store as the file.
    """
    if not request.user.is_authenticated:
        next_url = page_for(request, request.get_full_path())
        page, status = f"{reverse('account_login')}?{urlencode({'next': next_url})}", 401
        sentence = _("Sign in first.")
    elif recently_reauthenticated(request, now, purpose) or (
        began_at is not None and recently_reauthenticated(request, began_at, purpose)
    ):
        return None
    else:
        page, status = step_up_url(return_url(request), purpose), 403
        sentence = _("Confirm on the site that it is you, then try again.")
    # Browsers accept text/html, and request ranges of a file only to continue a download.
    if "Range" not in request.headers and "text/html" in request.headers.get("Accept", "text/html"):
        return HttpResponseRedirect(page)
    problem = {"type": "about:blank", "title": HTTPStatus(status).phrase, "status": status, "detail": sentence}
    headers = {"WWW-Authenticate": "Cookie"} if status == HTTPStatus.UNAUTHORIZED else {}
    return JsonResponse(problem, status=status, content_type="application/problem+json", headers=headers)


def sign_in_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Redirect to the sign-in page, or answer a program with 401; the view itself checks anything else."""

    @wraps(view)
    def with_checks(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        answer = None if request.user.is_authenticated else step_up_answer(request, timezone.now())
        return answer or view(request, *args, **kwargs)

    return with_checks


def step_up_required(view: Callable[..., HttpResponseBase]) -> Callable[..., HttpResponseBase]:
    """Redirect whoever did not step up within ten minutes to the step-up page, and back afterwards.

    A posted form is lost: the person comes back to its page and posts again.
    """

    @wraps(view)
    def with_checks(request: HttpRequest, *args: Any, **kwargs: Any) -> HttpResponseBase:
        return step_up_answer(request, timezone.now()) or view(request, *args, **kwargs)

    return with_checks
