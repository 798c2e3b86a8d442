"""The public way in: run or join the embedded servers for as long as a block lasts."""

import contextlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from omegaoffice.embedded.errors import EmbeddedError
from omegaoffice.embedded.postgres import PORT, SUPERUSER, Postgres
from omegaoffice.embedded.valkey import Valkey


@dataclass(frozen=True, slots=True)
class PostgresAddress:
    """How to reach the embedded PostgreSQL: `host` for libpq is the socket's folder."""

    socket_dir: Path
    password_file: Path
    port: int = PORT
    superuser: str = SUPERUSER

    @property
    def password(self) -> str:
        """The superuser's password; raises EmbeddedError before the first start has made it."""
        try:
            return self.password_file.read_text().strip()
        except FileNotFoundError:
            raise EmbeddedError("the embedded PostgreSQL has never been started here.") from None

    @staticmethod
    def program(name: str) -> Path:
        """Return one of the wheel's programs: psql, pg_dump, pg_restore, pg_basebackup, pgbench …"""
        return Postgres.binaries() / "bin" / name

    def url(self, database: str = "postgres", *, user: str | None = None, password: str | None = None) -> str:
        """`postgres://user:password@/database?host=/socket/folder`; the superuser's without `user`."""
        if user is None:
            user, password = self.superuser, self.password
        secret = "" if password is None else f":{quote(password, safe='')}"
        return f"postgres://{quote(user, safe='')}{secret}@/{quote(database, safe='')}?host={self.socket_dir}"


@dataclass(frozen=True, slots=True)
class ValkeyAddress:
    """How to reach the embedded Valkey."""

    socket: Path

    def redis_url(self, database: int = 0) -> str:
        """For redis-py: `unix:///…/valkey.sock?db=0`."""
        return f"unix://{self.socket}?db={database}"

    def celery_url(self, database: int = 0) -> str:
        """For Celery's broker and results: `redis+socket:///…/valkey.sock?virtual_host=0`."""
        return f"redis+socket://{self.socket}?virtual_host={database}"


@dataclass(frozen=True, slots=True)
class Servers:
    """Addresses of the servers asked for, and which of them this process started itself."""

    postgres: PostgresAddress | None
    valkey: ValkeyAddress | None
    _running: tuple[Postgres | Valkey, ...] = ()

    @property
    def owned(self) -> frozenset[str]:
        """Names ("postgres", "valkey") of the servers that this process started."""
        return frozenset(service.name for service in self._running if service.owned)

    def ended(self) -> str | None:
        """Name a server that this process started and that has ended by itself, if one has."""
        return next((service.name for service in self._running if service.ended()), None)


def locate(root: Path) -> Servers:
    """Return the addresses that `servers(root)` will have: settings are read before a start."""
    root = root.absolute()
    return _addresses(Postgres(root, fsync=True, options={}), Valkey(root, fsync=True))


@contextlib.contextmanager
def servers(
    root: Path,
    *,
    postgres: bool = True,
    valkey: bool = True,
    fsync: bool = True,
    own: bool = False,
    options: Mapping[str, str] | None = None,
) -> Iterator[Servers]:
    """Have servers that answer for as long as the block lasts: those that run for `root`, else our own.

    Their state lives in `root` (`<project>/var/embedded`). `fsync=False` trades safety at power loss for
    speed (tests), `options` are further PostgreSQL settings; both count only where this call does the start.
    An owner that leaves waits for the commands that joined it (Ctrl-C ends the wait). With `own=True` it must
    be this process that starts them, and it stops them without waiting for others.

    Call from the main thread, or one that outlives the block: the kernel ends a server with the *thread* that
    started it. Raises EmbeddedError, a sentence for the console: ServersBusyError where another command keeps
    the servers from us, ServerFailedError, BinariesMissingError.
    """
    root = root.absolute()
    database = Postgres(root, fsync=fsync, options=options or {}) if postgres else None
    broker = Valkey(root, fsync=fsync) if valkey else None
    with contextlib.ExitStack() as stack:
        for service in (database, broker):
            if service is not None:
                stack.enter_context(service.running(own=own))
        yield _addresses(database, broker)


def _addresses(database: Postgres | None, broker: Valkey | None) -> Servers:
    return Servers(
        postgres=PostgresAddress(database.sockets, database.password_file) if database else None,
        valkey=ValkeyAddress(broker.socket) if broker else None,
        _running=tuple(service for service in (database, broker) if service is not None),
    )
