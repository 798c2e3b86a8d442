"""Network address and browser of a request, as the log stores them."""

from dataclasses import dataclass

from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest

_AGENT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """The network address and browser of a request: personal data, encrypted wherever it is stored."""

    ip: str = ""
    user_agent: str = ""


def visitor_of(request: HttpRequest) -> Visitor:
    """Return the sender of a request; forwarded addresses count only behind proxies that the settings name."""
    return Visitor(get_client_ip(request) or "", request.headers.get("User-Agent", "")[:_AGENT_LENGTH])
