"""Network address and browser of a request, as the log stores them, and the key of limits by client."""

from dataclasses import dataclass

from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest

from .mailboxes import mailbox_of

_AGENT_LENGTH = 200


@dataclass(frozen=True, slots=True)
class Visitor:
    """The network address and browser of a request: personal data, encrypted wherever it is stored."""

    ip: str = ""
    user_agent: str = ""


def visitor_of(request: HttpRequest) -> Visitor:
    """Return the sender of a request; forwarded addresses count only behind proxies that the settings name."""
    return Visitor(get_client_ip(request) or "", request.headers.get("User-Agent", "")[:_AGENT_LENGTH])


def per_client(request: HttpRequest, address: str) -> str:
    """Return the key of a limit by client and mailbox: a stranger's attempts do not count as the owner's."""
    return f"{mailbox_of(address)} {visitor_of(request).ip}"
