"""Codes of six digits by mail: bound to one session, hashed, short-lived, used once."""

import hashlib
import hmac
import secrets
from datetime import datetime, timedelta

from django.conf import settings
from django.core.cache import cache
from django.http import HttpRequest

LIFETIME = timedelta(minutes=10)
TRIES = 5
_SESSION_KEY = "office_step_up_code"


def _digest(handle: str, code: str) -> str:
    # Six digits have too little entropy for a plain hash: with a key, a copy of the cache alone reveals nothing.
    return hmac.new(settings.SECRET_KEY.encode(), f"{handle}:{code}".encode(), hashlib.sha256).hexdigest()


def issue(request: HttpRequest, *, now: datetime) -> str:
    """Return a new code for this session; an earlier one stops working."""
    withdraw(request)
    handle = secrets.token_hex(16)
    code = f"{secrets.randbelow(10**6):06}"
    seconds = int(LIFETIME.total_seconds())
    cache.set(f"stepup:code:{handle}", {"digest": _digest(handle, code), "at": now.timestamp()}, seconds)
    cache.set(f"stepup:tries:{handle}", 0, seconds)
    request.session[_SESSION_KEY] = handle
    return code


def is_pending(request: HttpRequest) -> bool:
    """Return whether a code was mailed for this session and is still valid."""
    handle = request.session.get(_SESSION_KEY)
    return bool(handle and cache.get(f"stepup:code:{handle}"))


def redeem(request: HttpRequest, code: str, *, now: datetime) -> bool:
    """Return whether `code` is the one that was mailed; it works once, and five wrong attempts invalidate it."""
    handle = request.session.get(_SESSION_KEY)
    if not isinstance(handle, str):
        return False
    stored = cache.get(f"stepup:code:{handle}")
    if stored is None or not 0 <= now.timestamp() - stored["at"] <= LIFETIME.total_seconds():
        return False
    try:
        tries = cache.incr(f"stepup:tries:{handle}")
    except ValueError:
        return False
    if tries > TRIES:
        withdraw(request)
        return False
    if not hmac.compare_digest(stored["digest"], _digest(handle, "".join(code.split()))):
        return False
    # Of two requests with the right code one deletes it, and only that one passes.
    return bool(cache.delete(f"stepup:code:{handle}"))


def withdraw(request: HttpRequest) -> None:
    """Forget this session's code."""
    handle = request.session.pop(_SESSION_KEY, None)
    if handle:
        cache.delete_many([f"stepup:code:{handle}", f"stepup:tries:{handle}"])
