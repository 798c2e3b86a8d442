"""Give a command its servers: the operator's where the environment names them, else the embedded ones."""

import contextlib
import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import psycopg
from psycopg import sql

from omegaoffice.environment import IS_PRODUCTION, VAR_DIR, secret

from .embedded.postgres import Postgres
from .embedded.valkey import Valkey

OWNER = "office_owner"


@dataclass(frozen=True, slots=True)
class Servers:
    """The servers asked for. Their addresses are known whether they run or not."""

    postgres: Postgres | None
    valkey: Valkey | None

    @property
    def owned(self) -> frozenset[str]:
        """Names ("postgres", "valkey") of the servers that this process started."""
        return frozenset(server.name for server in (self.postgres, self.valkey) if server and server.owned)

    def ended(self) -> str | None:
        """Name a server that this process started and that has ended by itself, if one has."""
        return next((server.name for server in (self.postgres, self.valkey) if server and server.ended()), None)


@contextlib.contextmanager
def servers(
    root: Path, *, postgres: bool = True, valkey: bool = True, fsync: bool = True, own: bool = False
) -> Iterator[Servers]:
    """Have servers that answer for as long as the block lasts: those that run for `root`, else our own.

    Their state lives in `root` (`<project>/var/embedded`). `fsync=False` trades safety at power loss,
    and passwords that are slow to guess, for speed (tests); it counts only where this call does the start. An owner
    that leaves waits for the commands that joined it (Ctrl-C ends the wait). With `own=True` it must be this process
    that starts them, and it stops them without waiting for others.

    Raises EmbeddedError, a sentence for the console.
    """
    root = root.absolute()
    found = Servers(Postgres(root, fsync=fsync) if postgres else None, Valkey(root, fsync=fsync) if valkey else None)
    with contextlib.ExitStack() as stack:
        for server in (found.postgres, found.valkey):
            if server is not None:
                stack.enter_context(server.running(own=own))
        yield found


#: what this process has; `up` asks `ended` about it
_running: list[Servers] = []


def ended() -> str | None:
    """Return the name of an embedded server of ours that has ended by itself, if one has."""
    return next(filter(None, (each.ended() for each in _running)), None)


def create_owner(admin_url: str, database: str, password: str) -> None:
    """Create the owner's role and the office's database with a superuser's URL; safe to repeat.

    The owner may create databases and roles, and is no superuser: what runs with its rights in the
    database (SECURITY DEFINER functions) must not be able to do everything.
    """
    with psycopg.connect(admin_url, autocommit=True) as connection:
        # Two commands may start together on a fresh cluster.
        connection.execute("SELECT pg_advisory_lock(726563)")
        if connection.execute("SELECT 1 FROM pg_roles WHERE rolname = %s", [OWNER]).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE ROLE {} LOGIN CREATEDB CREATEROLE PASSWORD {}").format(
                    sql.Identifier(OWNER), sql.Literal(password)
                )
            )
        if connection.execute("SELECT 1 FROM pg_database WHERE datname = %s", [database]).fetchone() is None:
            connection.execute(
                sql.SQL("CREATE DATABASE {} OWNER {}").format(sql.Identifier(database), sql.Identifier(OWNER))
            )


@contextlib.contextmanager
def local_servers(root: Path | None = None, *, own: bool = False, fsync: bool = True) -> Iterator[Servers | None]:
    """Run or join the embedded servers that the environment does not replace, and name them in it.

    Sets DATABASE_URL and BROKER_URL for the block's length and everything it starts. In production both
    must be given, and nothing is started. Yields what was started or joined, None where nothing was.
    """
    wants_database = not (os.environ.get("DATABASE_URL") or os.environ.get("DATABASE_SELF_URL"))
    wants_broker = not os.environ.get("BROKER_URL")
    if IS_PRODUCTION or not (wants_database or wants_broker):
        yield None
        return
    with servers(
        root or VAR_DIR / "embedded", postgres=wants_database, valkey=wants_broker, fsync=fsync, own=own
    ) as running:
        if running.postgres is not None:
            password = secret("DATABASE_PASSWORD_OFFICE_OWNER")
            create_owner(running.postgres.url(), "office", password)
            os.environ["DATABASE_URL"] = running.postgres.url("office", user=OWNER, password=password)
        if running.valkey is not None:
            os.environ["BROKER_URL"] = running.valkey.celery_url()
        _running.append(running)
        yield running
