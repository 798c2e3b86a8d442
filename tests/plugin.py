"""Servers and databases for the tests: one migrated template, a clone for each worker, a fresh one after each test.

Loaded with `-p`, before Django's settings are read. TRUNCATE, Django's own way to clean up after a committing
test, is refused by the log's guards; cloning a template takes a few hundredths of a second.
"""

import contextlib
import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import psycopg
import pytest
from psycopg import sql

ROOT = Path(__file__).resolve().parent.parent
_WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
_stack = contextlib.ExitStack()
_MEMORY, _ROOM = Path("/dev/shm"), 8 << 30


def _servers_folder() -> Path:
    """Return where the test servers keep their data: in memory where there is room, since cloning is writing files.

    A folder there whose checkout is gone, or has another by now, is removed.
    """
    beside, note = ROOT / "var" / "test" / "embedded", ROOT / "var" / "test" / "servers"
    if not _MEMORY.is_dir() or not os.access(_MEMORY, os.W_OK) or shutil.disk_usage(_MEMORY).free < _ROOM:
        return beside
    if not note.exists() or not Path(note.read_text()).is_dir():
        made = Path(tempfile.mkdtemp(prefix="office-tests-", dir=_MEMORY))
        made.chmod(0o711)  # the servers' own user passes
        note.parent.mkdir(parents=True, exist_ok=True)
        note.write_text(str(made))
        (made / "checkout").write_text(str(note))
    for each in _MEMORY.glob("office-tests-*/checkout"):
        other = Path(each.read_text())
        if not other.exists() or other.read_text() != str(each.parent):
            shutil.rmtree(each.parent, ignore_errors=True)
    return Path(note.read_text())


def _fingerprint() -> str:
    """Return a name for what the template holds: made anew when a migration, a guard or a grant changes; monthly."""
    digest = hashlib.sha256(f"{datetime.now(UTC):%Y-%m}".encode())  # it has the log's partitions of its month
    places = ["omegaoffice", "accounts", "requests"]
    wanted = ("**/migrations/*.py", "**/roles.py", "**/db_objects.py", "**/*_sql.py", "**/sql/*.sql")
    for path in sorted({path for place in places for pattern in wanted for path in (ROOT / place).glob(pattern)}):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _with_name(url: str, name: str) -> str:
    return urlunsplit(urlsplit(url)._replace(path="/" + name))


def _connect(url: str) -> psycopg.Connection[tuple[object, ...]]:
    return psycopg.connect(_with_name(url, "postgres"), autocommit=True)


def _manage(*command: str, url: str) -> None:
    subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        check=True,
        stdout=subprocess.DEVNULL,
        env={**os.environ, "DATABASE_URL": url},
    )


def _build_template(owner_url: str, template: str) -> None:
    with _connect(owner_url) as connection:
        connection.execute("SELECT pg_advisory_lock(726564)")
        names = [row[0] for row in connection.execute("SELECT datname FROM pg_database").fetchall()]
        if f"{template}_ready" in names:
            # Roles belong to the server, keys to the checkout: another checkout may have set passwords of its own.
            _manage("db_roles", "--apply", url=_with_name(owner_url, template))
            return
        for name in names:
            if str(name).startswith("office_tpl_"):
                connection.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(str(name))))
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(template)))
        _manage("migrate", "-v0", url=_with_name(owner_url, template))
        # The mark that the template is whole: a run that died half-way leaves none.
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(f"{template}_ready")))


def _drop_abandoned(owner_url: str) -> None:
    with _connect(owner_url) as connection:
        for (name,) in connection.execute(
            "SELECT datname FROM pg_database WHERE datname LIKE 'office_run_%'"
        ).fetchall():
            pid = str(name).split("_")[2]
            if not Path(f"/proc/{pid}").exists():
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(str(name))))


def _compile_translations() -> None:
    """Compile catalogues that are newer than what was made of them, as `make messages` does."""
    from babel.messages.mofile import write_mo
    from babel.messages.pofile import read_po

    for source in (ROOT / "locale").rglob("*.po"):
        compiled = source.with_suffix(".mo")
        if not compiled.exists() or compiled.stat().st_mtime < source.stat().st_mtime:
            with source.open("rb") as read, compiled.open("wb") as written:
                write_mo(written, read_po(read, locale=source.parts[-3], domain="django"))


def _start() -> None:
    os.environ.update(OFFICE_ENV="test", OFFICE_VAR=str(ROOT / "var" / "test"), PYTHONUNBUFFERED="1")
    os.environ.setdefault("DJANGO_ALLOW_ASYNC_UNSAFE", "true")  # Playwright's sync API runs a loop in our thread
    sys.path[:0] = [str(ROOT)] if str(ROOT) not in sys.path else []
    from omegaoffice.dev.local_servers import local_servers

    if not _WORKER:
        _compile_translations()
        servers = _servers_folder()
        running = _stack.enter_context(local_servers(servers, fsync=False))
        if running is not None and running.postgres is not None:
            # A superuser, for the tests that show what even one cannot do.
            os.environ.setdefault("OFFICE_TEST_ADMIN_URL", running.postgres.url())
        owner = os.environ["DATABASE_URL"]
        template = f"office_tpl_{_fingerprint()}"
        _build_template(owner, template)
        _drop_abandoned(owner)
        os.environ["OFFICE_TEST_TEMPLATE"] = template
        os.environ["OFFICE_TEST_PID"] = str(os.getpid())
    run = f"office_run_{os.environ['OFFICE_TEST_PID']}_{_WORKER or 'main'}"
    os.environ["DATABASE_URL"] = _with_name(os.environ["DATABASE_URL"], run)
    number = int(_WORKER.removeprefix("gw")) + 1 if _WORKER else 0
    broker = os.environ["BROKER_URL"]
    if broker.startswith("redis+socket://"):
        path = broker.removeprefix("redis+socket://").split("?")[0]
        os.environ["BROKER_URL"] = f"redis+socket://{path}?virtual_host={number + 2}"


_start()


class Clone:
    """The database of this worker: dropped and cloned again when a test has committed."""

    def __init__(self) -> None:
        self.url = os.environ["DATABASE_URL"]
        self.name = urlsplit(self.url).path.lstrip("/")
        self.template = os.environ["OFFICE_TEST_TEMPLATE"]

    def _wait_until_left(self, connection: psycopg.Connection[tuple[object, ...]]) -> None:
        """A closed connection's server process takes a moment to go; DROP DATABASE itself looks only each 100 ms."""
        busy = "SELECT 1 FROM pg_stat_activity WHERE datname = ANY(%s)"
        for _ in range(250):
            if connection.execute(busy, [[self.name, self.name + "_vault"]]).fetchone() is None:
                return
            time.sleep(0.002)

    def make(self) -> None:
        """Drop what is there and clone both databases from the template."""
        with _connect(self.url) as connection:
            self._wait_until_left(connection)
            for suffix in ("", "_vault"):
                # Copying files takes a quarter less here than copying pages through the log.
                name, template = sql.Identifier(self.name + suffix), sql.Identifier(self.template + suffix)
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(name))
                connection.execute(sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY").format(name, template))

    def drop(self) -> None:
        """Drop both databases."""
        with _connect(self.url) as connection:
            self._wait_until_left(connection)
            for suffix in ("", "_vault"):
                connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(self.name + suffix)))

    def renew(self) -> None:
        """Close our own connections and clone again."""
        from django.db import connections

        from vault.services import forget_cached_keys

        forget_cached_keys()
        connections.close_all()
        self.make()


@pytest.fixture(scope="session")
def clone():
    """This worker's database."""
    found = Clone()
    found.make()
    yield found
    from django.db import connections

    connections.close_all()
    found.drop()


@pytest.hookimpl(tryfirst=True)  # before -m looks
def pytest_collection_modifyitems(items):
    """Give every test that uses the `office` fixture real commits under every database role."""
    for item in items:
        if "office" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.django_db(transaction=True, databases="__all__"))


def pytest_unconfigure():
    """Stop the servers that this run started."""
    _stack.close()
