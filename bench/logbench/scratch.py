"""A scratch office: servers of its own with fsync on, migrated, thrown away at the end."""

import contextlib
import multiprocessing
import os
import platform
import resource
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent.parent
PEERS = "bench_peers"
#: what would point somewhere else: a bench never writes into an office that somebody uses
_ELSEWHERE = ("DATABASE_", "VAULT_", "BROKER_", "CACHE_", "OFFICE_", "AUDIT_", "DJANGO_SETTINGS_MODULE")


def manage(*arguments: str) -> str:
    """Run one command of the scratch office and return what it says."""
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "manage.py", *arguments], cwd=ROOT, check=True, capture_output=True, text=True
    )
    return done.stdout.strip()


@contextlib.contextmanager
def scratch_office() -> Iterator[None]:
    """Start servers in a folder of their own, name them in the environment, migrate; a database for the peers too."""
    with tempfile.TemporaryDirectory() as folder:
        for name in [name for name in os.environ if name.startswith(_ELSEWHERE)]:
            del os.environ[name]
        os.environ.update(OFFICE_ENV="development", OFFICE_VAR=folder)
        from omegaoffice.dev.local_servers import local_servers

        with local_servers(Path(folder) / "servers", own=True):
            import psycopg

            manage("migrate", "-v0")
            with psycopg.connect(os.environ["DATABASE_URL"], autocommit=True) as connection:
                connection.execute(f"CREATE DATABASE {PEERS}")
            yield


def peers_url() -> str:
    """Return the URL of the peers' database: the same server, the same owner."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path=f"/{PEERS}"))


def machine() -> dict[str, Any]:
    """Return what the figures depend on: versions, cores, load, and whether fsync is on."""
    import psycopg

    with psycopg.connect(os.environ["DATABASE_URL"]) as connection:
        version, fsync, commit = connection.execute(
            "SELECT current_setting('server_version'), current_setting('fsync'), current_setting('synchronous_commit')"
        ).fetchone() or ("", "", "")
    return {
        "postgresql": version,
        "fsync": fsync,
        "synchronous_commit": commit,
        "python": platform.python_version(),
        "cores": os.cpu_count(),
        "load_average": [round(load, 2) for load in os.getloadavg()],
    }


def _with_django(settings: str, act: Callable[..., Any], arguments: tuple[Any, ...]) -> tuple[Any, int]:
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()
    found = act(*arguments)
    return found, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024


def in_office(act: Callable[..., Any], *arguments: Any, settings: str = "omegaoffice.settings") -> tuple[Any, int]:
    """Run a function of a module in a process of its own, Django set up; return its answer and peak memory in MB."""
    with ProcessPoolExecutor(1, mp_context=multiprocessing.get_context("spawn")) as pool:
        return pool.submit(_with_django, settings, act, arguments).result()
