"""Network address and browser of a request, as the log stores them, and the key of limits by client."""

from dataclasses import dataclass

from allauth.core.internal.httpkit import get_client_ip
from django.http import HttpRequest
from django.utils.translation import gettext as _
from ua_parser import parse

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


def browser_name(user_agent: str) -> str:
    """Return browser and system as people know them: `Safari on iOS`."""
    found = parse(user_agent)
    browser = found.user_agent.family.replace("Mobile", "").strip() if found.user_agent else ""
    system = found.os.family.replace("Mac OS X", "macOS") if found.os else ""
    if browser and system:
        return _("%(browser)s on %(system)s") % {"browser": browser, "system": system}
    return browser or system or _("Unknown browser")
