"""HTTP calls to witnesses, authorities and providers: only public addresses, no redirects, limits on time and size."""

import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection, HTTPException
from ipaddress import IPv4Address, IPv6Address, ip_address
from urllib.parse import SplitResult, urlsplit

from django.conf import settings

from audit.errors import DeliveryError

#: seconds for a whole call, however slowly the other side writes
DEADLINE = 10.0
MAX_ANSWER_BYTES = 100_000
_HTTPS_PORT = 443
_HTTP_PORT = 80


@dataclass(frozen=True)
class HttpAnswer:
    """Status (no redirect), media type without parameters, and body."""

    status: int
    kind: str
    body: bytes


def get(url: str, *, headers: Mapping[str, str]) -> HttpAnswer:
    """Get `url` under the rules of `post`."""
    return _call("GET", url, None, headers)


def post(url: str, body: bytes, *, kind: str, headers: Mapping[str, str] | None = None) -> HttpAnswer:
    """Post `body` and return the answer; raises DeliveryError with a sentence that names no credentials.

    The host name is resolved once, and the connection goes to the address that was checked. Redirects are refused,
    and so are addresses that are not public, unless AUDIT_PRIVATE_ADDRESSES allows them and plain http.
    """
    return _call("POST", url, body, {"Content-Type": kind, **(headers or {})})


def _call(method: str, url: str, body: bytes | None, headers: Mapping[str, str]) -> HttpAnswer:
    parts = _checked(url)
    late = threading.Event()
    try:
        with closing(_connect(parts)) as sock, _watched(sock, late):
            if isinstance(sock, ssl.SSLSocket):
                sock.do_handshake()
            answer = _exchange(method, parts, sock, body, headers)
    except (OSError, HTTPException) as error:
        if late.is_set() or isinstance(error, TimeoutError):
            raise _too_late(parts) from None
        raise DeliveryError(f"{parts.hostname} could not be reached: {type(error).__name__}.") from None
    # An answer without a length ends where the connection was cut: it may be incomplete.
    if late.is_set():
        raise _too_late(parts)
    return answer


def _too_late(parts: SplitResult) -> DeliveryError:
    return DeliveryError(f"{parts.hostname} did not answer in time.")


@contextmanager
def _watched(sock: socket.socket, late: threading.Event) -> Iterator[None]:
    """Close the connection at the deadline: the socket's own time-out starts again with every byte."""

    def shut_down() -> None:
        late.set()
        with suppress(OSError):
            sock.shutdown(socket.SHUT_RDWR)

    timer = threading.Timer(DEADLINE, shut_down)
    timer.start()
    try:
        yield
    finally:
        timer.cancel()


def _checked(url: str) -> SplitResult:
    parts = urlsplit(url)
    schemes = {"https", "http"} if settings.AUDIT_PRIVATE_ADDRESSES else {"https"}
    if parts.scheme not in schemes or not parts.hostname or parts.username or parts.password:
        raise DeliveryError("The address must be an https URL with a host and without credentials.")
    try:
        is_port = parts.port != 0
    except ValueError:
        is_port = False
    if not is_port:
        raise DeliveryError("The port in the address must be from 1 to 65535.")
    return parts


def is_public(address: str) -> bool:
    """Return whether an IP address is a public one."""
    found: IPv4Address | IPv6Address = ip_address(address.partition("%")[0])
    if isinstance(found, IPv6Address) and found.ipv4_mapped:
        found = found.ipv4_mapped
    return found.is_global and not found.is_multicast


def _connect(parts: SplitResult) -> socket.socket:
    secure = parts.scheme == "https"
    port = parts.port or (_HTTPS_PORT if secure else _HTTP_PORT)
    found = socket.getaddrinfo(parts.hostname, port, type=socket.SOCK_STREAM)
    addresses = [str(where[0]) for *_, where in found]
    if not settings.AUDIT_PRIVATE_ADDRESSES and not all(map(is_public, addresses)):
        raise DeliveryError(f"{parts.hostname} is at an address that is not public.")
    sock = socket.create_connection((addresses[0], port), timeout=DEADLINE)
    if not secure:
        return sock
    # The handshake comes later, under the deadline.
    context = ssl.create_default_context()
    return context.wrap_socket(sock, server_hostname=parts.hostname, do_handshake_on_connect=False)


def _exchange(
    method: str, parts: SplitResult, sock: socket.socket, body: bytes | None, headers: Mapping[str, str]
) -> HttpAnswer:
    connection = HTTPConnection(str(parts.hostname), parts.port)
    connection.sock = sock
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    connection.request(method, path, body, {"User-Agent": "OmegaOffice", "Connection": "close", **headers})
    response = connection.getresponse()
    if response.status // 100 == 3:  # noqa: PLR2004  the hundreds of a status
        raise DeliveryError(f"{parts.hostname} answered with a redirect, which is not followed.")
    answer = response.read(MAX_ANSWER_BYTES + 1)
    if len(answer) > MAX_ANSWER_BYTES:
        raise DeliveryError(f"{parts.hostname} answered more than {MAX_ANSWER_BYTES:,} bytes.")
    return HttpAnswer(
        response.status, response.headers.get("Content-Type", "").partition(";")[0].strip().lower(), answer
    )
