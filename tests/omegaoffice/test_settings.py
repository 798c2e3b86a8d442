"""Settings that are refused."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
COMPLETE = {
    "OFFICE_ENV": "production",
    "SECRET_KEY": "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ",
    "OFFICE_KEK": "0" * 64,
    "ALLOWED_HOSTS": "office.example",
    "BROKER_URL": "redis://127.0.0.1",
    "EMAIL_URL": "smtp://127.0.0.1",
    "AUDIT_CHECKPOINT_DIR": "/srv/checkpoints",
    "DATABASE_SELF_URL": "postgres://office_self:x@127.0.0.1/office",
    "DATABASE_STAFF_URL": "postgres://office_staff:x@127.0.0.1/office",
}


def check(**changes):
    environment = {**COMPLETE, "PATH": os.environ["PATH"], **changes}
    return subprocess.run(
        [sys.executable, "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
        cwd=ROOT,
        env={name: value for name, value in environment.items() if value},
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_complete_production_passes_djangos_own_check():
    told = check()
    assert told.returncode == 0, told.stderr


@pytest.mark.parametrize("name", ["SECRET_KEY", "OFFICE_KEK", "BROKER_URL", "EMAIL_URL", "AUDIT_CHECKPOINT_DIR"])
def test_production_names_what_is_missing(name):
    told = check(**{name: ""})
    assert told.returncode != 0
    assert f"{name} is not set" in told.stderr


def test_production_refuses_the_practice_provider():
    assert check(PRACTICE_PROVIDER_URL="http://127.0.0.1:8901").returncode != 0
