"""The web server, waitress: a thread gets a request once all of it has arrived. `python -m omegaoffice.web.server`

Several of these processes can share one port. See docs/decisions/web-server.md.
"""

import argparse
import os
import resource
import signal
import socket
import time
from typing import Any, Final

from waitress import wasyncore
from waitress.adjustments import Adjustments
from waitress.channel import HTTPChannel
from waitress.parser import HTTPRequestParser, ParsingError
from waitress.server import TcpWSGIServer
from waitress.task import ThreadedTaskDispatcher

THREADS: Final = 4
CONNECTIONS: Final = 4000
#: bytes of a request line and headers, and of a body: the platform's streams are the largest bodies
MOST_HEADER, MOST_BODY = 32 * 1024, 65 * 1024 * 1024
#: seconds for a request to arrive, plus one for each so many bytes; the first is also the limit of an idle connection
PATIENCE, BYTES_A_SECOND = 20, 500
#: bytes sent to one client before the next one's turn
TURN: Final = 256 * 1024
#: seconds for running requests when we are stopped: the supervisor kills after ten
GRACE: Final = 8.0
ALIVE: Final = "/livez"


class _Parser(HTTPRequestParser):
    """Refuses requests that two servers could parse differently, and records when its request began."""

    path = ""  # of a request that is refused before its first line is read

    def __init__(self, adj: Adjustments) -> None:
        super().__init__(adj)
        self.started = time.time()

    def parse_header(self, header_plus: bytes) -> None:
        super().parse_header(header_plus)
        if (self.chunked and "CONTENT_LENGTH" in self.headers) or "TRANSFER_ENCODING" in self.headers:
            raise ParsingError("A request has a length or is chunked, and is chunked in HTTP/1.1 only.")


class _Channel(HTTPChannel):
    parser_class = _Parser
    sendbuf_len: int

    def __init__(self, *given: Any, **named: Any) -> None:
        super().__init__(*given, **named)
        self.sendbuf_len = min(self.sendbuf_len, 65_536)  # what a slow client does not take is read again
        self._sent = 0

    def received(self, data: bytes) -> bool:
        """Take what has arrived; a request that arrives too slowly counts as an idle connection."""
        taken: bool = super().received(data)
        if self.request is not None:
            arrived = self.request.header_bytes_received + self.request.body_bytes_received
            self.last_activity = min(time.time(), self.request.started + arrived / BYTES_A_SECOND)
        return taken

    def send(self, data: bytes, do_close: bool = True) -> int:  # noqa: FBT001, FBT002  waitress's own signature
        """Send; after TURN bytes return 0, as if the client took no more for now."""
        if self._sent >= TURN:
            self._sent = 0
            return 0
        sent: int = super().send(data, do_close=do_close)
        self._sent += sent
        return sent


class Server(TcpWSGIServer):
    """Accepts, reads and writes in one thread that never waits for a client; `ALIVE` has its own thread."""

    channel_class = _Channel

    def __init__(self, application: Any, host: str, port: int) -> None:
        self._alive = ThreadedTaskDispatcher()
        self._alive.set_thread_count(1)
        files, _ = resource.getrlimit(resource.RLIMIT_NOFILE)
        limits = {
            "threads": THREADS,
            "connection_limit": min(CONNECTIONS, files // 2) if files > 0 else CONNECTIONS,
            "channel_timeout": PATIENCE,
            "cleanup_interval": 2,
            "max_request_header_size": MOST_HEADER,
            "max_request_body_size": MOST_BODY,
        }
        # Django's settings decide whether to trust what a proxy says of the client.
        behaviour = {"ident": None, "clear_untrusted_proxy_headers": False, "asyncore_use_poll": True}
        super().__init__(application, map={}, adj=Adjustments(host=host, port=port, **limits, **behaviour))

    def bind_server_socket(self) -> None:
        """Bind next to the other processes of this port."""
        self.socket.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        super().bind_server_socket()

    def add_task(self, channel: HTTPChannel) -> None:
        queue = self._alive if channel.requests[0].path == ALIVE else self.task_dispatcher
        queue.add_task(channel)

    def serve(self) -> None:
        """Serve until SIGTERM or SIGINT; then accept no more, and finish running requests."""
        stopped: list[float] = []
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: stopped.append(time.monotonic()))
        while not stopped:
            wasyncore.loop(timeout=0.5, map=self._map, use_poll=True, count=1)
        wasyncore.dispatcher.close(self)
        while self._is_busy() and time.monotonic() < stopped[0] + GRACE:
            wasyncore.loop(timeout=0.1, map=self._map, use_poll=True, count=1)

    def _is_busy(self) -> bool:
        return any(one.requests or one.total_outbufs_len for one in self.active_channels.values())


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m omegaoffice.web.server", description=__doc__)
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    given = parser.parse_args()
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (most, most))
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "omegaoffice.settings")
    from omegaoffice.wsgi import application  # noqa: PLC0415  only the server loads Django

    Server(application, given.host, given.port).serve()


if __name__ == "__main__":
    main()
