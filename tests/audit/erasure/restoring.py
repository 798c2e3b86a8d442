"""Erasing, a journal that says more than the databases do, and backups of both databases."""

import subprocess
from pathlib import Path
from uuid import UUID

import psycopg
from django.db import connections
from psycopg import sql
from psycopg.conninfo import make_conninfo

from audit.erasure.crypto_shred import crypto_shred_subject
from audit.erasure.journal import published_erasures, refuse_unreplayed_erasures
from audit.erasure.journal_format import Erasure
from audit.log.actors import machine
from audit.log.labels import ErasureGround
from audit.tree import checkpoints
from core import db
from omegaoffice.dev.embedded.postgres import Postgres
from vault.services import forget_cached_keys

OPERATOR = machine("operator")


def erase(reference, now):
    with db.use_role("worker"):
        crypto_shred_subject(reference, actor=OPERATOR, ground=ErasureGround.CLOSED, now=now)


def check(role="worker"):
    with db.use_role(role):
        refuse_unreplayed_erasures()


def put_into_journal(journal, reference, settings):
    """Add a line about somebody whom the databases do not know as erased: what a restored backup looks like."""
    line = Erasure(len(list(published_erasures())) + 1, reference, "2026-11-23T09:30:00Z", str(UUID(int=0)))
    journal.parent.mkdir(exist_ok=True)
    with journal.open("a") as file:
        file.write(line.sign(checkpoints.signer(), settings.OFFICE_LOG_ORIGIN) + "\n")


def dump(clone, folder):
    """Back up both databases into a folder."""
    for name in _names(clone):
        _run("pg_dump", "--format=custom", "--file", str(folder / name), make_conninfo(clone.url, dbname=name))


def restore(clone, folder):
    """Put both databases back to what `dump` wrote."""
    connections.close_all()
    forget_cached_keys()
    with psycopg.connect(make_conninfo(clone.url, dbname="postgres"), autocommit=True) as admin:
        # FORCE refuses beside an autovacuum worker, whose process is a superuser's; without it, that one is cancelled.
        clients = "backend_type = 'client backend' AND datname = ANY(%s)"
        admin.execute(f"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE {clients}", [_names(clone)])
        for name in _names(clone):
            admin.execute(sql.SQL("DROP DATABASE {}").format(sql.Identifier(name)))
            admin.execute(sql.SQL("CREATE DATABASE {} TEMPLATE template0").format(sql.Identifier(name)))
    for name in _names(clone):
        url = make_conninfo(clone.url, dbname=name)
        _run("pg_restore", "--exit-on-error", "--dbname", url, str(folder / name))


def _names(clone):
    return [clone.name, clone.name + "_vault"]


def _run(program, *arguments):
    """Run one of PostgreSQL's programs: Debian's where its server is used, else the wheel's."""
    debian = Path(f"/usr/lib/postgresql/{connections['owner'].pg_version // 10000}/bin")
    folder = debian if debian.is_dir() else Postgres.binaries() / "bin"
    subprocess.run([folder / program, *arguments], check=True, capture_output=True)
