"""Settings from the environment: paths, the kind of installation, secrets."""

import contextlib
import os
import re
import secrets
import sys
from functools import cache
from pathlib import Path

import environ
from django.core.exceptions import ImproperlyConfigured

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()

#: development · test · production
OFFICE_ENV: str = env.str("OFFICE_ENV", default="development")
if OFFICE_ENV not in {"development", "test", "production"}:
    raise ImproperlyConfigured(f"OFFICE_ENV is {OFFICE_ENV!r}; it must be development, test or production.")
IS_PRODUCTION = OFFICE_ENV == "production"

#: everything that an installation writes besides its databases: keys, files, mail, checkpoints
VAR_DIR = Path(env.str("OFFICE_VAR", default=str(BASE_DIR / "var")))


@cache
def _warn_of_new_keys(folder: Path) -> None:
    """Warn, once a process, that development keys were generated."""
    if OFFICE_ENV != "test":
        line = "=" * 78
        sys.stderr.write(
            f"{line}\nDEVELOPMENT KEYS were made in {folder}\nThey protect a demonstration, never people's data: "
            f"production takes its keys from the environment.\n{line}\n"
        )


def check_keys(name: str, keys: list[str]) -> None:
    """Raise ImproperlyConfigured, without the key in the message, when one is not 64 hex digits."""
    if not all(re.fullmatch("[0-9a-fA-F]{64}", key) for key in keys):
        raise ImproperlyConfigured(f"{name} holds something that is not a key of 64 hexadecimal digits.")


def write_private(path: Path, text: str) -> None:
    """Write a new file that only we can read, whole or not at all; raise FileExistsError where it is not new."""
    draft = path.with_name(f"{path.name}.{secrets.token_hex(4)}")
    draft.touch(mode=0o600)
    draft.write_text(text)
    try:
        os.link(draft, path)
    finally:
        draft.unlink()


def secret(name: str) -> str:
    """Return the secret `name` from the environment; a development machine makes 64 hex digits in `var/keys/` instead.

    Raises ImproperlyConfigured in production when the variable is missing: a generated key must never protect real
    people's data.
    """
    value: str = env.str(name, default="")
    if value:
        return value
    if IS_PRODUCTION:
        raise ImproperlyConfigured(f"{name} is not set. Production takes every key from its environment.")
    path = VAR_DIR / "keys" / name.lower()
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Two processes may start at once: the first one's file stays, the other reads it.
        with contextlib.suppress(FileExistsError):
            write_private(path, secrets.token_hex(32))
            _warn_of_new_keys(path.parent)
    return path.read_text()


def needed(name: str, default: str = "") -> str:
    """Return a setting, or `default` on a development machine; raises ImproperlyConfigured in production without it."""
    value: str = env.str(name, default="")
    if not value and IS_PRODUCTION:
        raise ImproperlyConfigured(f"{name} is not set. Production has no default for it.")
    return value or default
