"""`python -m omegaoffice.dev.practice`: serve the practice provider on the loopback address until stopped."""

import argparse
import contextlib
import signal
import socket
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType
from urllib.parse import urlsplit

from werkzeug.serving import WSGIRequestHandler, make_server

from .app import create_app
from .endpoints import DEFAULT_PORT, RefusedInProductionError, refuse_in_production
from .people import DEFAULT_FILE, PeopleError, load_people

HOST = "127.0.0.1"  # and no option to change it
HIGHEST_PORT = 65535


class QuietHandler(WSGIRequestHandler):
    """Logs method, path and status without the query, where codes and states travel."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002  the parent's signature
        """Write one line."""
        self.log("info", "%s %s %s", self.command, urlsplit(self.path).path, getattr(code, "value", code))


def main(argv: Sequence[str] | None = None) -> int:
    """Run; return 0 when stopped, 2 when refused. A port of 0 takes a free one, which is printed."""
    try:
        refuse_in_production()
    except RefusedInProductionError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    options = _parser().parse_args(argv)
    try:
        people = load_people(options.users)
        listener = socket.create_server((HOST, options.port))
    except PeopleError as error:
        sys.stderr.write(f"{error}\n")
        return 2
    except OSError as error:
        sys.stderr.write(f"Port {options.port} cannot be used: {error.strerror}. Choose another with --port.\n")
        return 2
    with listener:
        port = listener.getsockname()[1]
        base_url = f"http://{HOST}:{port}"
        app = create_app(people, base_url=base_url, issuer=options.issuer, origins=frozenset(options.origin))
        server = make_server(HOST, port, app, threaded=True, request_handler=QuietHandler, fd=listener.fileno())
        signal.signal(signal.SIGTERM, _stop)
        sys.stdout.write(f"Practice provider (NOT Google, NOT GitHub) listening on {base_url}\n")
        sys.stdout.flush()
        with contextlib.suppress(KeyboardInterrupt):  # of the moment before the server would take it
            server.serve_forever()
    return 0


def _stop(_signal: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not int(text) <= HIGHEST_PORT:
        raise argparse.ArgumentTypeError("a port is a whole number from 0 to 65535")
    return int(text)


def _origin(text: str) -> str:
    parts = urlsplit(text)
    if parts.scheme not in {"http", "https"} or not parts.netloc or text != f"{parts.scheme}://{parts.netloc}":
        raise argparse.ArgumentTypeError("an origin looks like http://testserver")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m omegaoffice.dev.practice",
        description="A labelled stand-in for the sign-in of Google and GitHub, on this machine only.",
    )
    parser.add_argument("--port", type=_port, default=DEFAULT_PORT, help="0 for a free one (default: %(default)s)")
    parser.add_argument("--users", type=Path, default=DEFAULT_FILE, metavar="FILE", help="JSON list of people")
    parser.add_argument("--issuer", help="`iss` of id tokens (default: the address followed by /google)")
    parser.add_argument(
        "--origin",
        action="append",
        default=[],
        type=_origin,
        help="callback origin allowed beside this machine's, as for a test client; may be repeated",
    )
    return parser


if __name__ == "__main__":
    sys.exit(main())
