"""Give a command its servers: the operator's where the environment names them, else the embedded ones."""

import contextlib
import os
from collections.abc import Iterator
from pathlib import Path

import psycopg
from psycopg import sql

from omegaoffice.environment import IS_PRODUCTION, VAR_DIR, secret

from .embedded.cluster import Servers, servers

OWNER = "office_owner"


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
