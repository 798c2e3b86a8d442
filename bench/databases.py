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

    with psycopg.connect(admin_url(), autocommit=True) as connection:
        for name in names:
            connection.execute(f"DROP DATABASE IF EXISTS {name} WITH (FORCE)")


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
