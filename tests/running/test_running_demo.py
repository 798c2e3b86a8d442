"""`manage.py demo`: the whole story on a machine of its own, with a real worker; then the log verifies."""

import os
import re
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError

ROOT = Path(__file__).resolve().parent.parent.parent
pytestmark = pytest.mark.worker


def manage(environment, *words):
    return subprocess.run(
        [sys.executable, "manage.py", *words], cwd=ROOT, env=environment, capture_output=True, text=True, check=False
    )


def test_the_story_is_told_to_its_end_and_the_log_verifies(tmp_path):
    kept = {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ}
    environment = {**kept, "OFFICE_ENV": "development", "OFFICE_VAR": str(tmp_path / "var")}
    told = manage(environment, "demo")
    assert told.returncode == 0, told.stdout + told.stderr
    package, checkpoint = (Path(line.strip()) for line in told.stdout.splitlines()[-2:])
    with zipfile.ZipFile(package) as archive:
        assert {"index.html", "manifest.json"} <= set(archive.namelist())
    verified = manage(environment, "audit_verify")
    assert verified.returncode == 0, verified.stderr
    assert int(re.search(r"size (\d+)", verified.stdout)[1]) >= int(checkpoint.read_text().splitlines()[1])


def test_production_has_no_story(settings):
    settings.IS_PRODUCTION = True
    with pytest.raises(CommandError, match="development only"):
        call_command("demo")
