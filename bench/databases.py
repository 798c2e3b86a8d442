"""The databases of benchmarks: made on servers of their own, used by every database role, dropped afterwards."""

import os
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

ROOT = Path(__file__).resolve().parent.parent


def use(name):
    """Point every database role at another database of the same server; the vault stays."""
    from django.db import connections

    for alias in connections:
        if not alias.startswith("vault"):
            connections[alias].close()
            connections[alias].settings_dict["NAME"] = name


def admin_url():
    """Return the address from which databases are made and dropped."""
    return urlunsplit(urlsplit(os.environ["DATABASE_URL"])._replace(path="/postgres"))


def drop(names):
    """Drop what this run has made."""
    import psycopg

    # FORCE refuses beside an autovacuum worker, whose process is a superuser's; without it, that one is cancelled.
    clients = "backend_type = 'client backend' AND datname = ANY(%s)"
    with psycopg.connect(admin_url(), autocommit=True) as connection:
        connection.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {clients}", [names])
        for name in names:
            connection.execute(f"DROP DATABASE IF EXISTS {name}")


@contextmanager
def scratch_office(name, *, keep):
    """Make an empty office's database on servers of the bench's own, and drop it afterwards unless it is to `keep`."""
    os.environ.update(OFFICE_ENV="test", OFFICE_VAR=str(ROOT / "var" / "bench"))
    os.environ["DJANGO_SETTINGS_MODULE"] = "omegaoffice.dev.settings"
    from omegaoffice.dev.local_servers import local_servers

    with local_servers():
        import django
        import psycopg
        from django.core.management import call_command
        from django.db import connections

        django.setup()
        drop([name])
        with psycopg.connect(admin_url(), autocommit=True) as connection:
            connection.execute(f"CREATE DATABASE {name}")
        use(name)
        call_command("migrate", verbosity=0)
        try:
            yield
        finally:
            connections.close_all()
            if not keep:
                drop([name])
