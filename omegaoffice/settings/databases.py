"""One database under several roles, and the vault's own: see DESIGN, "Running it"."""

from typing import Any
from urllib.parse import quote, urlsplit, urlunsplit

from omegaoffice.environment import env, secret

#: alias → database role. `default` serves a user's own pages; only `owner` and `vault_owner` own tables.
ROLE_OF_ALIAS = {
    "default": "office_self",
    "staff": "office_staff",
    "worker": "office_worker",
    "ingest": "office_ingest",
    "sequencer": "office_sequencer",
    "auditor": "office_auditor",
}
VAULT_ROLE = "office_vault"


#: set at connection, so that settings that a role gives itself (ALTER ROLE) have no effect
_SETTINGS = {
    "search_path": "public",
    "row_security": "on",
    "standard_conforming_strings": "on",
    "synchronous_commit": "on",
    "default_transaction_read_only": "off",
    "default_transaction_deferrable": "off",
    "default_transaction_isolation": r"read\ committed",
    "statement_timeout": "0",
    "lock_timeout": "0",
    "idle_in_transaction_session_timeout": "0",
    "idle_session_timeout": "0",
    "DateStyle": "ISO",
    "IntervalStyle": "postgres",
}


def _derived(url: str, role: str, suffix: str = "") -> str:
    """Return `url` with `role` and its password in place of the owner's, and `suffix` after the database name."""
    parts = urlsplit(url)
    host = parts.netloc.rpartition("@")[2]
    password = quote(secret(f"DATABASE_PASSWORD_{role.upper()}"), safe="")
    return urlunsplit(parts._replace(netloc=f"{role}:{password}@{host}", path=parts.path + suffix))


def _config(url: str) -> dict[str, Any]:
    config: dict[str, Any] = env.db_url_config(url)
    # Unix socket folders come as ?host=/path, which libpq takes as an option of its own.
    options = config.setdefault("OPTIONS", {})
    if "host" in options:
        config["HOST"] = options.pop("host")
    # Django hands psycopg None here, which makes `prepare=True` a silent no-op (SPEED: "Trap").
    options["prepare_threshold"] = 5
    options.setdefault("application_name", "omegaoffice")
    given = " ".join(f"-c {name}={value}" for name, value in _SETTINGS.items())
    # Options in the operator's URL come last, and so override ours.
    options["options"] = f"{given} {options.get('options', '')}".strip()
    config["CONN_MAX_AGE"] = env.int("DATABASE_CONN_MAX_AGE", default=60)
    config["CONN_HEALTH_CHECKS"] = True
    config["ATOMIC_REQUESTS"] = False
    return config


def variable(alias: str) -> str:
    """Return the environment variable that names the URL of an alias."""
    if alias == "vault":
        return "VAULT_DATABASE_URL"
    return f"DATABASE_{ROLE_OF_ALIAS[alias].removeprefix('office_').upper()}_URL"


def urls() -> dict[str, str]:
    """Return alias → URL, given or derived from DATABASE_URL; an alias without one is missing."""
    owner_url: str = env.str("DATABASE_URL", default="")
    found = {}
    for alias, role in {**ROLE_OF_ALIAS, "vault": VAULT_ROLE}.items():
        suffix = "_vault" if alias == "vault" else ""
        found[alias] = env.str(variable(alias), default="") or (owner_url and _derived(owner_url, role, suffix))
    found["owner"] = owner_url
    found["vault_owner"] = env.str("VAULT_OWNER_URL", default="")
    if owner_url and not found["vault_owner"]:
        parts = urlsplit(owner_url)
        found["vault_owner"] = urlunsplit(parts._replace(path=parts.path + "_vault"))
    return {alias: url for alias, url in found.items() if url}


def databases() -> dict[str, dict[str, Any]]:
    """Return Django's DATABASES for `urls`.

    In a process without a URL for `default`, that alias raises when it is used.
    """
    configured = {alias: _config(url) for alias, url in urls().items()}
    return {"default": {"ENGINE": "django.db.backends.dummy"}, **configured}
