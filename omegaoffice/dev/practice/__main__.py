"""`python -m omegaoffice.dev.practice`: serve the practice provider on the loopback address until stopped."""

import argparse
import contextlib
import re
import signal
from collections.abc import Callable
from urllib.parse import urlsplit

from flask import Flask
from werkzeug.serving import WSGIRequestHandler, make_server

from .app import create_app
from .endpoints import DEFAULT_PORT, RefusedInProductionError

HOST = "127.0.0.1"  # and no option to change it


class QuietHandler(WSGIRequestHandler):
    """Logs method, path and status without the query, where codes and states travel."""

    def log_request(self, code: int | str = "-", size: int | str = "-") -> None:  # noqa: ARG002  the parent's signature
        self.log("info", "%s %s %s", self.command, urlsplit(self.path).path, getattr(code, "value", code))


def main(build: Callable[[frozenset[str]], Flask] = create_app) -> None:
    """Run until SIGTERM or Ctrl-C; exit with 2 when refused. A port of 0 takes a free one, which is printed."""
    parser = argparse.ArgumentParser(
        prog="python -m omegaoffice.dev.practice",
        description="A labelled stand-in for the sign-in of Google and GitHub, on this machine only.",
    )
    parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="0 for a free one (default: %(default)s)")
    parser.add_argument(
        "--origin",
        action="append",
        default=[],
        type=_origin,
        help="callback origin allowed beside this machine's, as for a test client; may be repeated",
    )
    options = parser.parse_args()
    if not 0 <= options.port < 1 << 16:
        parser.error("argument --port: a port is a whole number from 0 to 65535")
    try:
        app = build(frozenset(options.origin))
        server = make_server(HOST, options.port, app, threaded=True, request_handler=QuietHandler)
    except RefusedInProductionError as error:
        parser.error(str(error))
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    print(f"Practice provider (NOT Google, NOT GitHub) listening on http://{HOST}:{server.port}", flush=True)  # noqa: T201
    with contextlib.suppress(KeyboardInterrupt):  # of the moment before the server would take it
        server.serve_forever()


def _origin(text: str) -> str:
    if not re.fullmatch("https?://[^/?#@]+", text):
        raise argparse.ArgumentTypeError("an origin looks like http://testserver")
    return text


if __name__ == "__main__":
    main()
