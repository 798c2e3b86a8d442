"""Where Google posts security events: /webhooks/google/ (RFC 8935)."""

from http import HTTPStatus

from allauth.core import ratelimit
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from . import google, services
from .errors import GoogleError, SecurityEventError
from .security_events import verify_event

MEDIA_TYPE = "application/secevent+jwt"
MOST_BODY = 64 * 1024
#: seconds after which somebody who is refused too often may come back, and after which Google's keys may be there
_WAIT = 60


def _refuse(status: HTTPStatus, description: str, code: str = "invalid_request") -> HttpResponse:
    headers = {"Content-Language": "en"}
    if status in {HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.SERVICE_UNAVAILABLE}:
        headers["Retry-After"] = str(_WAIT)
    return JsonResponse({"err": code, "description": description}, status=status, headers=headers)


@csrf_exempt
@require_POST
def receive_google(request: HttpRequest) -> HttpResponse:
    """Take one security event of Google: 202 once it is kept, also if it was known."""
    if not google.is_set_up():
        raise Http404
    if request.content_type != MEDIA_TYPE:
        return _refuse(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, f"The body has to be {MEDIA_TYPE}.")
    body = request.read(MOST_BODY + 1)
    if len(body) > MOST_BODY:
        return _refuse(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"The body may have {MOST_BODY} bytes at most.")
    # Refused ones alone count: what Google signed is taken, however much it is.
    if not ratelimit.consume(request, action="refused_event", dry_run=True):
        return _refuse(HTTPStatus.TOO_MANY_REQUESTS, "Too many refused events.", "access_denied")
    now = timezone.now()
    try:
        event = verify_event(body, now=now)
    except SecurityEventError as refusal:
        ratelimit.consume(request, action="refused_event")
        return _refuse(HTTPStatus.BAD_REQUEST, refusal.description, refusal.code)
    except GoogleError:
        return _refuse(HTTPStatus.SERVICE_UNAVAILABLE, "Google's keys cannot be had now.", "invalid_key")
    services.receive_event(event, now=now)
    return HttpResponse(status=HTTPStatus.ACCEPTED)
