"""What the environment says: paths, the kind of installation, secrets."""

import os
import re
import secrets
import sys
from collections.abc import Callable
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

#: everything that an installation writes beside its servers: keys, files, mail, checkpoints
VAR_DIR = Path(env.str("OFFICE_VAR", default=str(BASE_DIR / "var")))


def _shout_once(folder: Path) -> None:
    """Say loudly, once a process, that keys were made that nobody chose."""
    global _shouted  # noqa: PLW0603
    if not _shouted and OFFICE_ENV != "test":
        _shouted = True
        line = "=" * 78
        sys.stderr.write(
            f"{line}\nDEVELOPMENT KEYS were made in {folder}\nThey protect a demonstration, never people's data: "
            f"production takes its keys from the environment.\n{line}\n"
        )


_shouted = False


def _fresh_token() -> str:
    return secrets.token_urlsafe(48)


def fresh_key() -> str:
    """Return a new 256-bit key as 64 hex digits."""
    return secrets.token_hex(32)


def check_keys(name: str, keys: list[str]) -> None:
    """Raise ImproperlyConfigured, without the key in the sentence, when one is not 64 hex digits."""
    if not all(re.fullmatch("[0-9a-fA-F]{64}", key) for key in keys):
        raise ImproperlyConfigured(f"{name} holds something that is not a key of 64 hexadecimal digits.")


def secret(name: str, make: Callable[[], str] = _fresh_token) -> str:
    """Return the secret `name` from the environment, or from `var/keys/` on a development machine.

    Raises ImproperlyConfigured in production when the variable is missing: a key that nobody chose
    must never protect real people's data.
    """
    value: str = env.str(name, default="")
    if value:
        return value
    if IS_PRODUCTION:
        raise ImproperlyConfigured(f"{name} is not set. Production takes every key from its environment.")
    path = VAR_DIR / "keys" / name.lower()
    if not path.exists():
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        # Two processes may start at once: the first to link its file wins, the other reads that.
        draft = path.with_suffix(f".{os.getpid()}")
        draft.touch(mode=0o600)
        draft.write_text(make())
        try:
            os.link(draft, path)
            _shout_once(path.parent)
        except FileExistsError:
            pass
        finally:
            draft.unlink()
    return path.read_text()


def needed(name: str, default: str = "") -> str:
    """Return a setting that a development machine may leave to `default`; raises ImproperlyConfigured in production."""
    value: str = env.str(name, default="")
    if not value and IS_PRODUCTION:
        raise ImproperlyConfigured(f"{name} is not set. Production leaves nothing of the kind to a default.")
    return value or default
