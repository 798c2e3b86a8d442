"""Bring the databases up to date: roles, migrations, partitions, grants, in this order."""

from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.db import connections
from django.utils import timezone
from psycopg import sql

from audit.log.partitions import ensure_partitions
from core import db

from . import compare, roles


def role_passwords() -> dict[str, str]:
    """Return the password of each running role, as DATABASES has it."""
    found = {config["USER"]: config["PASSWORD"] for config in settings.DATABASES.values() if config.get("USER")}
    return {role: found[role] for role in (*roles.RUNNING, roles.VAULT) if role in found}


def create_roles(alias: str = "owner") -> None:
    """Create the running roles where they are missing, and set their passwords; none may do more than log in.

    Settings of a role are reset: a role may alter its own, and its own password.
    """
    with connections[alias].cursor() as cursor:
        cursor.execute("SELECT rolname FROM pg_roles")
        present = {row[0] for row in cursor.fetchall()}
        for role, password in role_passwords().items():
            verb = "ALTER" if role in present else "CREATE"
            limits = "" if verb == "ALTER" else " NOCREATEDB NOCREATEROLE NOINHERIT"
            cursor.execute(
                sql.SQL(f"{verb} ROLE {{}} LOGIN{limits} PASSWORD {{}}").format(
                    sql.Identifier(role), sql.Literal(password)
                )
            )
        _reset_settings(cursor)


def _reset_settings(cursor: Any) -> None:
    """Reset every setting made for a running role's connections, everywhere or in this database."""
    cursor.execute(
        "SELECT DISTINCT r.rolname, d.datname FROM pg_db_role_setting s JOIN pg_roles r ON r.oid = s.setrole "
        "LEFT JOIN pg_database d ON d.oid = s.setdatabase "
        "WHERE r.rolname = ANY (%s) AND coalesce(d.datname, current_database()) = current_database()",
        [[*roles.RUNNING, roles.VAULT]],
    )
    for role, database in cursor.fetchall():
        where = sql.SQL(" IN DATABASE {}").format(sql.Identifier(database)) if database else sql.SQL("")
        cursor.execute(sql.SQL("ALTER ROLE {}{} RESET ALL").format(sql.Identifier(role), where))


def create_vault_database() -> None:
    """Create the vault's database beside the office's, where it shares the server and is missing."""
    name = settings.DATABASES["vault_owner"]["NAME"]
    same_server = settings.DATABASES["vault_owner"]["HOST"] == settings.DATABASES["owner"]["HOST"]
    with connections["owner"].cursor() as cursor:
        cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [name])
        if cursor.fetchone() is None and same_server:
            cursor.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))


def apply_grants() -> None:
    """Grant every role what `roles` says, on both databases; no role lacks a right that it keeps meanwhile."""
    for alias, statements in grant_statements().items():
        with db.use_role(alias), db.atomic(), connections[alias].cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)


def grant_statements() -> dict[str, list[str]]:
    """Return the statements of `apply_grants` for each database's owner alias."""
    return {
        "owner": roles.grants(roles.TABLES, roles.FUNCTIONS, roles.RUNNING),
        "vault_owner": roles.grants(roles.VAULT_TABLES, {}, (roles.VAULT,)),
    }


def bring_up_to_date(**options: Any) -> None:
    """Do all of it; safe to repeat, also while the project runs.

    Raises SchemaDiffersError before it puts anything back.
    """
    compare.refuse_before_putting_back(now=timezone.now())
    create_vault_database()
    create_roles()
    create_roles("vault_owner")
    with db.use_role("owner"):
        call_command("django_migrate", database="owner", **options)
        ensure_partitions(timezone.now())
    call_command("django_migrate", database="vault_owner", **options)
    apply_grants()
    compare.mark()
